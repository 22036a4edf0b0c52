# Python's own test suite (Debian's libpython3.11-testsuite): the modules that need no network beyond the loopback and no
# disk. Every test of it that does not pass is named.
set -u

# What the CPU matters most for: 40 s on the recompiler with two CPUs; a native second is a minute on the interpreter.
short='test_math test_float test_cmath test_struct test_int test_complex test_fractions test_numeric_tower test_strtod
    test_format test_random test_ctypes test_mmap test_memoryview test_binascii test_lzma test_heapq test_sort test_list
    test_dict test_functools test_generators test_codeccallbacks test_unicodedata test_thread test_time'

# Not for a machine without disk, network and terminal, or about the installation rather than the language.
leave_out='test_idle test_tk test_ttk_guionly test_ttk_textonly test_tix test_curses test_winreg test_winsound test_msilib
    test_ossaudiodev test_urllib2net test_urllibnet test_socketserver test_ensurepip test_venv test_distutils test_asyncio
    test_tools test_bdb test_gdb test_embed test_nis test_lib2to3 test_multiprocessing_fork test_multiprocessing_forkserver
    test_multiprocessing_spawn test_concurrent_futures test_peg_generator test_c_analyzer test_clinic test_zipfile64
    test_largefile test_robotparser test_smtpnet test_ssl test_nntplib test_faulthandler test_regrtest test_site test_sysconfig
    test_readline test_pty test_dbm test_dbm_gnu test_dbm_ndbm test_kqueue test_devpoll test_wsgiref test_turtle
    test_zipimport_support test_pydoc test_crypt test_startfile test_launcher'

# Runs modules in one process, and says for each how many tests ran, how many were skipped, and which did not pass.
job() {
    mkdir -p "/tmp/python/$1" && cd "/tmp/python/$1" || exit
    python3 -X faulthandler -m test -v --timeout 7200 "$@" > log 2>&1
    awk '
        function tell() { if (name) print "test: python " name, result, "tests=" tests, "skipped=" skipped; name = "" }
        /^[0-9]+:[0-9]+:[0-9]+ .*\[ *[0-9]+\/[0-9]+(\/[0-9]+)?\] test_[a-z0-9_]+( -- .*)?$/ {
            tell(); name = $0; sub(/.*[0-9]\] /, "", name); sub(/ -- .*/, "", name); tests = skipped = 0; result = "nothing"
        }
        /^Ran [0-9]+ tests? in / { tests += $2 }
        /^OK/ { if (result != "failed") result = "passed" }
        /^FAILED/ { result = "failed" }
        /^(OK|FAILED).*skipped=/ { text = $0; sub(/.*skipped=/, "", text); skipped += text }
        /^test_[a-z0-9_]+ skipped/ { result = "skipped" }
        /^(FAIL|ERROR): / { print "test: python", name, $0 }
        END { tell() }' log
    grep -E -A 25 '^(FAIL|ERROR): |^Fatal|^Traceback|^Timeout' log | head -n 200 | sed 's/^/    /'
    tail -n 3 log | sed 's/^/    /'
}

if [ $# != 0 ]; then
    job "$@"
    exit
fi
if [ -n "$ONLY" ]; then
    modules=$ONLY
elif [ -n "$LONG" ]; then
    modules=$(python3 -c 'import test.libregrtest.runtest as r; print(*r.findtests())')
    for name in $leave_out; do modules=$(printf '%s\n' $modules | grep -vx "$name"); done
else
    modules=$short
fi
# As many processes as CPUs, each with its share: starting Python's test program takes as long as many of the tests.
printf '%s\n' $modules | xargs -P "$(nproc)" -n $((($(echo $modules | wc -w) + $(nproc) - 1) / $(nproc))) bash "$0"
