#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

int main(void)
{
    const li_slice name = li_z("thumbnail");        /* measures itself: its len is LI_Z */
    char text[LI_ID_TEXT_SIZE];
    li_id id;

    if (li_id_parse("0b7a5f0e-8f1d-4c55-9a0f-3f6f3c1c2d11", LI_Z, &id) != LI_OK)
        return 1;
    li_id_format(&id, text);
    printf("%s %s\n", name.ptr, text);
    printf("%s\n", li_version_number() >= LI_VERSION_NUMBER ? "new enough" : "too old");
    return 0;
}
