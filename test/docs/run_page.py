#!/usr/bin/env python3
"""run_page.py PAGE: runs the examples of a page of the documentation, in their order.

```sh blocks that ask CloudWatch run in a temporary folder, with test/docs/aws in the place of the
AWS command line. ```sql blocks, and `SELECT ...` in a sentence, run in psql. A block whose first line
begins with "=> " is a session of psql: what it shows must be what psql prints. Everything is
run from the temporary folder, in which data and test are those of the repository.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def examples(text):
    """Yields (kind, code) of a page: 'sh', 'sql' or 'session'."""
    for match in re.finditer(r'^```(\w*)[^\n]*\n(.*?)^```$|`(SELECT [^`]*)`', text, re.S | re.M):
        language, block, inline = match.groups()
        if inline:
            yield 'sql', inline + ';\n'
        elif language == 'sql' or language == 'sh' and 'aws cloudwatch' in block:
            yield language, block
        elif block.startswith('=> '):
            yield 'session', block


def session_input(block):
    """The lines that were typed: from a prompt to the semicolon, or one with a backslash."""
    typing = False
    for line in block.splitlines(True):
        if line.startswith('=> '):
            typing = True
        if typing:
            yield line[3:]
            typing = not (line.startswith('=> \\') or line.rstrip().endswith(';'))


def session_shown(block):
    """The session as psql -a prints it: without prompts."""
    typed = iter(list(session_input(block)))
    following = next(typed, None)
    for line in block.splitlines(True):
        if following is not None and line[3:] == following:
            following = next(typed, None)
            yield line[3:]
        else:
            yield line


def run(command, text, folder):
    """Returns what the command prints; ends with its output when it fails."""
    done = subprocess.run(command, input=text, cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f'this example fails:\n{text}\n{done.stdout}')
    return done.stdout


def run_page(page, folder):
    psql = ['psql', '-X', '-v', 'ON_ERROR_STOP=1']
    wrong = []
    with open(page, encoding='utf-8') as file:
        found = list(examples(file.read()))
    for kind, code in found:
        print(f'-- {kind}\n{code}', flush=True)
        if kind == 'sh':
            print(run(['bash', '-euo', 'pipefail'], code, folder))
        elif kind == 'sql':
            print(run(psql, code, folder))
        else:
            printed = run(psql + ['-a'], ''.join(session_input(code)), folder)
            wrong += difflib.unified_diff(''.join(session_shown(code)).rstrip('\n').splitlines(True), printed.rstrip('\n').splitlines(True),
                                          page, 'psql')
    return found, wrong


def main():
    page = os.path.abspath(sys.argv[1])
    os.environ['PATH'] = os.path.join(ROOT, 'test/docs') + ':' + os.environ['PATH']
    with tempfile.TemporaryDirectory() as folder:
        for name in ('data', 'test'):
            os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        found, wrong = run_page(page, folder)
    if not found:
        sys.exit(f'{page} has no examples')
    sys.exit(''.join(wrong) or 0)


main()
