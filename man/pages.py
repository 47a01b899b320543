"""Makes the manual pages of section 3 and lambdainvoke-limits(7) from the headers, the table of settings and man/examples:
`make man` after a change of one of them. The comments of the headers are the only source of the text."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "man")
DATE = "November 24, 2026"
TOKEN = re.compile(r"/\*.*?\*/|LI_API[^;]*;|typedef[^;{]*\([^;]*;|typedef struct \w+ \{.*?\} \w+;|^enum \{.*?\};", re.S | re.M)
PARTS = {"api": "-api", "pattern": "-match", "sample": "-samples", "services": "-services", "sqlite": "-sqlite"}
NAME = re.compile(r"(li_\w+)\(")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def escape(text):
    text = text.rstrip().replace("\\", "\\e").replace("…", "...").replace("§", "section ").replace("→", "->")
    return "\\&" + text if text[:1] in (".", "'") else text


def fill(text):
    """A sentence a line, as mdoc wants it."""
    return [escape(s) for s in re.split(r"(?<=[\w)*\"'][.!?]) +(?=\S)|(?<=[.!?]\)) +(?=\S)", " ".join(text.split())) if s]


def literal(text):
    return [".Bd -literal -offset indent"] + [escape(line) for line in text.rstrip().split("\n")] + [".Ed"]


def comment_lines(comment):
    lines = [re.sub(r"^\s*\* ?", "", line) if i else line for i, line in enumerate(comment[2:-2].split("\n"))]
    return [line.rstrip() for line in lines]


def blocks(lines):
    """A comment as (kind, value): prose, items [(name, text)], label "Errors: …"."""
    out = []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        text = line.strip()
        if not text:
            out.append(("end", ""))
        elif re.match(r"(Errors|Threads|Spec|Returns|Since|Error)\b.{0,12}[:.]", text) and indent < 2:
            out.append(("label", text))
        elif out and out[-1][0] == "label" and indent >= 2:
            out[-1] = ("label", out[-1][1] + " " + text)
        elif indent >= 2 and out and out[-1][0] == "items" and indent > out[-1][2] + 4:
            name, said = out[-1][1][-1]
            out[-1][1][-1] = (name, said + " " + text)
        elif indent >= 2 and (re.match(r"[\w., *]+?\s{2,}\S", text) or out and out[-1][0] == "items"):
            parts = re.split(r"\s{2,}", text) if re.match(r"[\w., *]+?\s{2,}\S", text) else text.split(" ", 1)
            pairs = [(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
            if out and out[-1][0] == "items":
                out[-1][1].extend(pairs)
            else:
                out.append(("items", pairs, indent))
        elif out and out[-1][0] == "prose":
            out[-1] = ("prose", out[-1][1] + " " + text)
        else:
            out.append(("prose", text))
    return [b for b in out if b[0] != "end"]


def described(lines):
    page = []
    for block in blocks(lines):
        if page:
            page.append(".Pp")
        if block[0] == "items":
            if page and page[-1] == ".Pp":
                page.pop()
            page += [".Bl -tag -width %s -offset indent -compact" % max((n.replace(" ", "x") for n, _ in block[1]), key=len)]
            for name, text in block[1]:
                page += [".It Fa " + escape(name).replace(",", " ,"), *fill(text)]
            page += [".El"]
        else:
            page += fill(block[1])
    return page


class Header:
    def __init__(self, topic):
        self.topic, self.source = topic, read("include", "lambdainvoke", topic + ".h")
        self.groups = []            # (comment lines, [prototypes], [types])
        self.errors = {}            # LI_E_… -> functions
        first = True
        for match in TOKEN.finditer(self.source):
            text = match.group(0)
            if text.startswith("/*"):
                start = self.source.rfind("\n", 0, match.start()) + 1
                if self.source[start:match.start()].strip():
                    continue
                if first:
                    self.top = comment_lines(text)
                    first = False
                else:
                    self.groups.append((comment_lines(text), [], []))
                continue
            if not self.groups:
                self.groups.append(([], [], []))
            if text.startswith("LI_API"):
                prototype = re.sub(r"\s+", " ", text.replace("LI_API ", "")).strip()
                if NAME.search(prototype):
                    self.groups[-1][1].append(prototype)
            else:
                self.groups[-1][2].append(re.sub(r"[ \t]+$", "", text, flags=re.M))
        for lines, prototypes, _ in self.groups:
            for error in re.findall(r"\bLI_E_\w+", " ".join(lines)):
                self.errors.setdefault(error, []).extend(
                    n for n in (NAME.search(p).group(1) for p in prototypes) if n not in self.errors[error])

    def names(self):
        return [NAME.search(p).group(1) for _, prototypes, _ in self.groups for p in prototypes]

    def summary(self):
        text = " ".join(" ".join(self.top).split("  ")[0].split()).split(" - ", 1)[1]
        return re.split(r"[.:;](?: |$)|, (?:and|which|where) ", text)[0].strip()

    def opening(self):
        lines = list(self.top)
        lines[0] = lines[0].split(" - ", 1)[1]
        lines[0] = lines[0][0].upper() + lines[0][1:]
        return lines


def synopsis(prototype):
    kind, name, arguments = re.match(r"(.*?)\b(li_\w+)\((.*)\);$", prototype).groups()
    depth, current, found = 0, "", []
    for c in arguments:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += c
    found.append(current.strip())
    return ['.Ft "%s"' % kind.strip(), ".Fn %s %s" % (name, " ".join('"%s"' % a for a in found))]


def body(header):
    page = described(header.opening())
    for lines, prototypes, types in header.groups:
        names = [NAME.search(p).group(1) for p in prototypes]
        own = [n for n in names if not n.endswith("_init")] or names
        title = re.search(r"(?:typedef struct|\(\*)\s*(\w+)", types[0]) if types else None
        if lines or types:
            page.append(".Ss " + (" , ".join(n + "()" for n in own).replace(" ,", ",") if own and lines else
                                  title.group(1) if title else "Constants"))
        page += described(lines)
        for text in types:
            page += literal(text)
        for name in (n for n in names if n.endswith("_init") and len(own) and n not in own or n.endswith("_init")):
            page += [".Pp", ".Fn %s" % name, "fills in the defaults, as the macro of the header does, for callers without macros."]
    return page


def errors(header, texts):
    if not header.errors:
        return ["None of these functions fails with a status of its own."]
    page = [".Bl -tag -width Ds"]
    for error in sorted(header.errors):
        page += [".It Bq Er %s" % error, escape(texts[error][0].upper() + texts[error][1:]) + "."]
        if header.errors[error]:
            page += [".Pq " + ", ".join(header.errors[error])]
    return page + [".El"]


def example(path, output=None):
    page = literal(read(*path))
    if output:
        page += [".Pp", "It prints:", *literal(output)]
    return page


def output_of(topic):
    path = os.path.join(ROOT, "man", "examples", topic + ".out")
    return read(path) if os.path.exists(path) else None


def metric_names():
    """The columns of lib/engine/metrics.c: what Prometheus reads, and what it is."""
    rows = re.findall(r'COLUMN\("([a-z_]+)", "(counter|gauge)", "([^"]+)",\s*\w+\)', read("lib", "engine", "metrics.c"))
    rows.append(("provisioned_concurrency_utilization", "gauge", "ProvisionedConcurrencyUtilization, 0 to 1"))
    page = [".Ss Names", *fill("The text for Prometheus has these names for the engine, and with lambdainvoke_function_ in place of "
            "lambdainvoke_ and {function=NAME} those of each function. A word in capitals is the name that CloudWatch has for the same number in the namespace AWS/Lambda."),
            ".Bl -tag -width Ds"]
    for name, kind, text in rows:
        page += [".It Sy lambdainvoke_" + name, escape(text[0].upper() + text[1:]) + (", a gauge." if kind == "gauge" else ".")]
    return page + [".El"]


def page_of(header, texts):
    topic, names = header.topic, header.names()
    library = "liblambdainvoke%s, -llambdainvoke%s" % ((PARTS.get(topic, ""),) * 2)
    page = ['.\\" Made by man/pages.py from include/lambdainvoke/%s.h and man/examples/%s.c' % (topic, topic), ".Dd " + DATE,
            ".Dt LAMBDAINVOKE-%s 3" % topic.upper(), ".Os", ".Sh NAME"]
    page += [".Nm %s%s" % (n, " ," if i < len(names) - 1 else "") for i, n in enumerate(names or ["lambdainvoke-" + topic])]
    page += [".Nd " + escape(header.summary()), ".Sh LIBRARY", library, ".Sh SYNOPSIS", ".In lambdainvoke/%s.h" % topic]
    for _, prototypes, _ in header.groups:
        for prototype in prototypes:
            page += synopsis(prototype)
    page += [".Sh DESCRIPTION", *body(header), *(metric_names() if topic == "metrics" else []), ".Sh RETURN VALUES"]
    if any(p.startswith("li_status ") for _, ps, _ in header.groups for p in ps):
        page += ["Functions of type", ".Vt li_status", "return", ".Dv LI_OK", "or one of the errors below;",
                 "then outputs are untouched and everything is as before, unless the description says otherwise."]
        page += ["Other functions return what their descriptions say."] if any(
            not p.startswith("li_status ") for _, ps, _ in header.groups for p in ps) else []
    else:
        page += ["What the descriptions say."]
    page += [".Sh EXAMPLES", *example(("man", "examples", topic + ".c"), output_of(topic)), ".Sh ERRORS", *errors(header, texts)]
    near = sorted(set(re.findall(r"#include <lambdainvoke/(\w+)\.h>", header.source)) - {topic, "types"})
    page += [".Sh SEE ALSO", ".Xr lambdainvoke 3 ,", *[".Xr lambdainvoke-%s 3 ," % n for n in near], ".Xr lambdainvoked 8"]
    ids = sorted(set(re.findall(r"\b(?:INV|REL|ESM|TRG|PAT)-\d+", header.source)), key=lambda i: (i[:3], int(i[4:])))
    page += [".Sh STANDARDS", "AWS Lambda's developer guide and API model%s" % ("." if not ids else "; statements"),
             *([", ".join(ids) + "."] if ids else []), ".Sh HISTORY", "These functions appeared in version 0.1.", ".Sh CAVEATS",
             "A struct that begins with its size is made by its INIT macro; one of an impossible size is refused."]
    return page


def map_page(headers):
    page = ['.\\" Made by man/pages.py', ".Dd " + DATE, ".Dt LAMBDAINVOKE 3", ".Os", ".Sh NAME", ".Nm lambdainvoke",
            ".Nd serverless invocation as a library", ".Sh LIBRARY", "liblambdainvoke, -llambdainvoke", ".Sh SYNOPSIS",
            ".In lambdainvoke/lambdainvoke.h", ".Sh DESCRIPTION"]
    page += fill("liblambdainvoke does what AWS Lambda does between \"an event occurred\" and \"its outcome has been dealt with\": "
                 "functions with handlers, synchronous and asynchronous invocation, queues, retries, destinations and "
                 "dead-letter queues, triggers, schedules and event source mappings, in one process, on the real clock or on a "
                 "virtual one.")
    page += [".Pp", *fill("Make an engine, register functions, then either start it with threads or drive it from your own loop. "
                          "Every struct that a caller fills in begins with its size and has an INIT macro with all defaults. "
                          "Text and bytes are a pointer and a length; LI_Z as the length means that the text ends in NUL.")]
    page += [".Ss Map of the interface", ".Bl -tag -width Ds"]
    for header in headers:
        summary = header.summary()
        page += [".It Xr lambdainvoke-%s 3" % header.topic, escape(summary[0].upper() + summary[1:]) + "."]
    page += [".El", ".Ss Threads", *fill("Functions may be called from any thread unless their description says otherwise. "
             "An engine without threads is driven by one thread at a time. No lock of the library is held while it calls back."),
             ".Ss Promises", *fill("Every accepted event ends in exactly one of: succeeded, delivered to a destination or "
             "dead-letter queue, or dropped with a reason, a metric and a journal line. Delivery is at least once."),
             ".Sh EXAMPLES", *literal(read("examples", "minimal", "minimal.c")), ".Sh SEE ALSO", ".Xr lambdainvoke-engine 3 ,",
             ".Xr lambdainvoke-limits 7 ,", ".Xr lambdainvoked 8", ".Sh STANDARDS",
             "AWS Lambda's developer guide and API model.", ".Sh HISTORY", "Version 0.1 is the first.", ".Sh CAVEATS",
             "In-process handlers share the fate of the process: a crash there is a crash here."]
    return page


def limits_page():
    rows = re.findall(r'X\((\w+), "([^"]+)", (.*?), (.*?), (.*?),\s*"([^"]+)"\)',
                      read("lib", "engine", "config.h").replace("\\\n", "\n"), re.S)
    counted = dict(re.findall(r'\{ "([^"]+)", (LI_\w+), \w+, \w+ \}', read("lib", "engine", "limits.c")))
    page = ['.\\" Made by man/pages.py from lib/engine/config.h', ".Dd " + DATE, ".Dt LAMBDAINVOKE-LIMITS 7", ".Os", ".Sh NAME",
            ".Nm lambdainvoke-limits", ".Nd settings and limits of an engine", ".Sh DESCRIPTION", "Settings are read and changed by",
            ".Xr li_config_get 3", "and", ".Xr li_config_set 3 .",
            *fill("Whatever can grow has a limit here; at it the newest is refused with an error, and what was accepted stays."),
            ".Bl -tag -width Ds"]
    for _, name, standard, lowest, highest, text in rows:
        numbers = [n.strip().replace("INT32_MAX", "2147483647").replace("INT64_MAX", "9223372036854775807")
                   for n in (standard, lowest, highest)]
        numbers = [re.sub(r"INT64_C\((\d+)\)", r"\1", n) for n in numbers]
        page += [".It Va " + name, escape(text[0].upper() + text[1:]) + ".",
                 "Default %s; lowest %s, highest %s." % tuple(numbers)]
        if name in counted:
            page += ["What is in use is counted; beyond it " + ("the oldest goes." if counted[name] == "LI_OK" else
                                                                 "the newest gets\n.Er " + counted[name] + " .")]
    return page + [".El", ".Sh SEE ALSO", ".Xr lambdainvoke 3 ,", ".Xr lambdainvoke-engine 3"]


AREAS = [("INV", "Calls and events"), ("REL", "Reliability"), ("ESM", "Event source mappings"), ("TRG", "Triggers and schedules"),
         ("PAT", "Event patterns")]


def tests_by_id():
    """Spec ids in the names of the Check tests: (area, number) -> names."""
    found = {}
    folder = os.path.join(ROOT, "tests")
    for file in sorted(f for f in os.listdir(folder) if re.match(r"test_\w+\.c$", f)):
        for name in re.findall(r"^START_TEST\((\w+)\)", read("tests", file), re.M):
            for area, numbers in re.findall(r"(?:^test|_)_?(inv|rel|trg|esm|pat)((?:_\d+)+)", name):
                ids = [int(n) for n in numbers.split("_")[1:]]
                for i, number in enumerate(ids):    # trg_14_15_16: three ids, as long as they rise
                    if i and (area != "trg" or number <= ids[i - 1]):
                        break
                    found.setdefault((area.upper(), number), []).append(name)
    return found


def semantics_rows():
    """The table as it ought to be: each id that a test names, with a test of it and a sentence."""
    tests, rows, head = tests_by_id(), {}, []
    for line in read("man", "semantics.tsv").splitlines():
        if line.startswith("#"):
            head.append(line)
        else:
            id_, test, text = line.split("\t")
            rows[(id_[:3], int(id_[4:]))] = (test, text)
    for key, names in tests.items():
        test, text = rows.get(key, (None, None))
        if test not in names:
            start = "test_%s_%d_" % (key[0].lower(), key[1])
            test = next((n for n in names if n.startswith(start)), names[0])
        if not text:
            claim = re.sub(r"(?:^test|_)(?:_?and)?_?(?:inv|rel|trg|esm|pat|gs)_\d+", " ", test).replace("_", " ").split()
            text = (" ".join(claim[:1]).capitalize() + " " + " ".join(claim[1:])).strip() + "."
        rows[key] = (test, text)
    rows = {key: row for key, row in rows.items() if key in tests}
    return head, [("%s-%d" % key, *rows[key]) for key in sorted(rows)]


def semantics_page(rows):
    page = ['.\\" Made by man/pages.py from man/semantics.tsv', ".Dd " + DATE, ".Dt LAMBDAINVOKE-SEMANTICS 7", ".Os", ".Sh NAME",
            ".Nm lambdainvoke-semantics", ".Nd what the library promises, and the test that shows it", ".Sh DESCRIPTION"]
    page += fill("Each statement has a number, under which tests, manual pages and the source speak of it, and the name of a test "
                 "that fails when it is not so. The file of a test is tests/test_TOPIC.c; make check T=TOPIC runs it. What is not "
                 "listed here is not promised.")
    for area, title in AREAS:
        page += [".Ss " + title, ".Bd -ragged", ".Bl -tag -width Ds"]
        for id_, test, text in rows:
            if id_.startswith(area):
                page += [".It " + id_, *fill(text), ".Pq Li " + test.replace("_", "_\\:")]   # may be broken there
        page += [".El", ".Ed"]
    return page + [".Sh SEE ALSO", ".Xr lambdainvoke 3 ,", ".Xr lambdainvoke-limits 7"]


def semantics():
    """The page, from the table brought up to date. Checking only: the table as it is must be true, and have each id that a test
    names."""
    head, rows = semantics_rows()
    old = read("man", "semantics.tsv").splitlines()
    table = head + ["\t".join(row) for row in rows]
    if len(sys.argv) > 1:
        stale = sorted(set(old) - set(table))
        if stale:
            print("man/semantics.tsv has rows without their test: make man", *stale, sep="\n")
            sys.exit(1)
        lacks = sorted({line.split("\t")[0] for line in set(table) - set(old)})
        if lacks:
            print("man/semantics.tsv lacks what tests name: make man, and look at the wording of", *lacks)
            sys.exit(1)
    elif table != old:
        with open(os.path.join(ROOT, "man", "semantics.tsv"), "w", encoding="utf-8") as f:
            f.write("\n".join(table) + "\n")
    write("lambdainvoke-semantics.7", semantics_page(rows))


def write(name, page):
    with open(os.path.join(OUT, name), "w", encoding="ascii") as f:
        f.write("\n".join(page) + "\n")


def main():
    texts = dict(re.findall(r'X\((LI_E_\w+), -?\d+, "([^"]+)"\)', read("include", "lambdainvoke", "status.h")))
    topics = sorted(f[:-2] for f in os.listdir(os.path.join(ROOT, "include", "lambdainvoke")) if f.endswith(".h") and f != "lambdainvoke.h")
    headers = [Header(topic) for topic in topics]
    for header in headers:
        write("lambdainvoke-%s.3" % header.topic, page_of(header, texts))
    write("lambdainvoke.3", map_page(headers))
    write("lambdainvoke-limits.7", limits_page())
    semantics()


main()
