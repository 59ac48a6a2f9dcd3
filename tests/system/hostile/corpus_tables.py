"""Hostile CSV files."""

from __future__ import annotations

import random

from tests.system.hostile.case import SECRET, Case, Make, file, link, pipe, sparse

TABLE = "robot/train/traj_0_to_255/1/actions.csv"
GOOD = b"1,2,3,4\n"


def refused(content: bytes | str | Make, *expected: str) -> Case:
    return Case(
        content if callable(content) else file(TABLE, content),
        ("run", "{workspace}/robot.yaml"),
        (f"{{workspace}}/{TABLE}: ", *expected),
    )


def third(line: bytes | str, *expected: str) -> Case:
    line = line.encode() if isinstance(line, str) else line
    return refused(GOOD * 2 + line + b"\n" + GOOD * 3, "line 3", *expected)


CASES = {
    "a million columns": third(
        b"1," * 10**6, "line 3 is far too long: 6 rows of 4 numbers do not take 1,050,112 bytes"
    ),
    "100,000 columns": third(b"1," * 10**5, "has 100001 columns, but 4 numbers are expected"),
    "a cell of 100,000 digits": third(
        "9" * 10**5 + ",2,3,4", "column 1 is 9999999999999999999999999999999999999999…; it should be a finite number"
    ),
    "a cell of 2 million digits": third("9" * 2 * 10**6, "is far too long"),
    "a cell of 100,000 letters": third(
        "x" * 10**5 + ",2,3,4", "column 1 is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…', not a number"
    ),
    "1 GB on one line": refused(sparse(TABLE, 10**9), "line 1 is far too long"),
    "1 TB on the third line": refused(sparse(TABLE, 10**12, GOOD * 2), "line 3 is far too long"),
    "100 MB of commas": refused(sparse(TABLE, 10**8, b"," * 10**5), "line 1 is far too long"),
    "100 MB of empty lines": refused(
        lambda workspace: file(TABLE, b"\n" * 10**6 * 2)(workspace), "line 1 has 0 columns, but 4 numbers are expected"
    ),
    "1e400": third("1e400,2,3,4", "column 1 is 1e400; it should be a finite number"),
    "-1e400": third("1,-1e400,3,4", "column 2 is -1e400; it should be a finite number"),
    "a little too large": third("3.5e38,2,3,4", "column 1 is 3.5e38; it should be a finite number"),
    "nan": third("nan,2,3,4", "column 1 is nan; it should be a finite number"),
    "a nan with a payload": third("nan(123),2,3,4", "column 1 is 'nan(123)', not a number"),
    "infinity": third("1,2,3,Infinity", "column 4 is Infinity; it should be a finite number"),
    "hexadecimal": third("0x10,2,3,4", "column 1 is '0x10', not a number"),
    "a formula": third("=cmd|' /C calc'!A0,2,3,4", "column 1 is \"=cmd|' /C calc'!A0\", not a number"),
    "Python": third("__import__('os').system('touch ran'),2,3,4", "not a number"),
    "quoted": third('"1","2","3","4"', "column 1 is '\"1\"', not a number"),
    "semicolons": third("1;2;3;4", "has 1 columns, but 4 numbers are expected"),
    "tabs": third("1\t2\t3\t4", "has 1 columns"),
    "decimal commas": third("1,5;2,5;3,5;4,5", "has 5 columns"),
    "an empty cell": third("1,,3,4", "column 2 is '', not a number"),
    "an escape sequence": third("\x1b[2J,2,3,4", "column 1 is '\\x1b[2J', not a number"),
    "a change of direction": third("\u202e1,2,3,4", "column 1 is '\\u202e1', not a number"),
    "NULs": third(b"1\0,2,3,4", "column 1 is '1\\x00', not a number"),
    "noise": refused(random.Random(2).randbytes(20_000), "line 1 has "),
    "no UTF-8": third(b"\xff\xfe,2,3,4", "column 1 is '", "', not a number"),
    "UTF-16": refused((GOOD * 6).decode().encode("utf-16"), "line 1"),
    "a PNG": refused(b"\x89PNG\r\n\x1a\n" + bytes(5000), "has 3 rows, but the trajectory has 6 frames"),
    "HTML": refused("<html>\n" * 6, "line 1 has 1 columns"),
    "a pipe": refused(pipe(TABLE), "cannot be read: it is a pipe, a device or the like, not a file"),
    "a device": refused(link(TABLE, "/dev/zero"), "cannot be read: it is a pipe, a device or the like, not a file"),
    "a link in a circle": refused(link(TABLE, "actions.csv"), "cannot be read: Too many levels of symbolic links"),
    "a link to the passwords": refused(link(TABLE, "/etc/passwd"), "line 1 has 1 columns, but 4 numbers are expected"),
    "another's secret": refused(f"# {SECRET}\n" * 6, "line 1 has 1 columns"),
    "one row too few": refused(GOOD * 5, "has 5 rows, but the trajectory has 6 frames"),
    "one line, other line ends": refused(GOOD.rstrip() * 6, "has 1 rows, but the trajectory has 6 frames"),
}
