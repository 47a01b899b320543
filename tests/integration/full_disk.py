"""A disk that fills up under lambdainvoked, a small tmpfs: accepts are refused and say why, what was accepted ends meanwhile, and
when there is space again it goes on. Nothing that was accepted is lost, also by a kill (REL-25). Run in a mount name space of its
own: see full_disk.sh."""
import json
import os
import subprocess
import sys
import tempfile
import time

from serve import BUILD, serve, skip

payload = ""


def check(what, is_so, seen=""):
    if not is_so:
        raise AssertionError(f"{what}: {seen}")


def accept(host):
    return host.invoke("echo", payload, X_Amz_Invocation_Type="Event")


def fill(host):
    """Accept until it is refused, twice: how many were accepted, and the refusal."""
    n = 0
    while n < 2000:
        status, _, body = accept(host)
        if status != 202:
            return n, status, body
        n += 1
    raise AssertionError("it is full after 200 at most")


def succeeded(host):
    _, _, text = host.call("GET", "/_lambdainvoke/metrics")
    for line in text.decode().splitlines():
        if line.startswith("lambdainvoke_events_succeeded_total "):
            return int(line.rsplit(" ", 1)[1])
    raise AssertionError(text.decode()[:3000])


def wait_for(host, n):
    for _ in range(600):
        if succeeded(host) >= n:
            return
        time.sleep(0.05)
    raise AssertionError(f"{succeeded(host)} of {n} have ended")


def pause(host, what):
    check(what, host.call("POST", f"/_lambdainvoke/functions/echo/{what}")[0] // 100 == 2)


def run(folder, megabytes):
    global payload
    payload = json.dumps("x" * (megabytes * 1500))
    ballast = os.path.join(folder, "ballast")
    with open(ballast, "wb") as f:
        f.write(b"x" * (megabytes << 20 >> 2))
    with serve("--data", folder, clock="real") as host:
        pause(host, "pause")
        first, status, body = fill(host)
        check("some were accepted", first > 20, first)
        check("the refusal", status in (500, 503, 507) and b"pace" in body, (status, body))
        check("and again", accept(host)[0] == status)
        pause(host, "resume")
        wait_for(host, first)                    # their ends are written on the full disk
        for _ in range(100):                     # their rows go a moment later
            if accept(host)[0] == 202:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("what has gone leaves no room")
        wait_for(host, first + 1)
        pause(host, "pause")
        second, _, _ = fill(host)
        os.unlink(ballast)
        third, _, _ = fill(host)
        check("space again", third > 20, third)
        host.process.kill()
        host.process.wait()
        host.process.returncode = 0
    with serve("--data", folder, clock="real") as host:
        pause(host, "resume")
        wait_for(host, second + third)
        time.sleep(0.2)
        check("each once", succeeded(host) == second + third, (succeeded(host), second, third))
    return first + 1 + second + third


if not os.path.exists(os.path.join(BUILD, "liblambdainvoke-sqlite.so")):
    skip("liblambdainvoke-sqlite is not built (libsqlite3 is missing)")
def read_only(folder):
    """REL-23: a file is looked over, read and copied where nothing can be made beside it."""
    file, tool = os.path.join(folder, "a?b%23.db"), os.path.join(BUILD, "lambdainvoke")
    with serve("--queue", "sqlite:" + os.path.join(folder, "q.db")) as host:
        pause(host, "pause")
        for _ in range(3):
            check("accepted", accept(host)[0] == 202)
    os.rename(os.path.join(folder, "q.db"), file)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    for what, text in (("check", "3 events"), ("export", '"requestId"')):
        ended = subprocess.run([tool, "queue", what, file], capture_output=True, text=True, check=False)
        check(what, ended.returncode == 0 and text in ended.stdout, ended)
    with tempfile.TemporaryDirectory() as other:
        ended = subprocess.run([tool, "queue", "backup", file, other + "/copy.db"], capture_output=True, text=True, check=False)
        check("backup", ended.returncode == 0, ended)
        ended = subprocess.run([tool, "queue", "check", other + "/copy.db"], capture_output=True, text=True, check=False)
        check("the copy", ended.returncode == 0 and "3 events" in ended.stdout, ended)


accepted = 0
for size in (64, 16):
    with tempfile.TemporaryDirectory() as place:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", place], stderr=subprocess.DEVNULL, check=False).returncode:
            skip("a tmpfs cannot be mounted here")
        try:
            accepted += run(place, size)
            read_only(place)
        finally:
            subprocess.run(["umount", place], check=False)
print(f"{accepted} events accepted around full disks of two sizes, none lost")
sys.exit(0)
