// SPDX-License-Identifier: Apache-2.0
// What the terminal is.
#pragma once

namespace pomona::cli {

// True when `fd` is a terminal that understands control sequences (TERM is not "dumb").
bool IsTerminal(int fd);
// Columns of the terminal at `fd`; COLUMNS, else 80, when it is none.
int TerminalWidth(int fd);
// True when the locale of the environment (LC_ALL, LC_CTYPE, LANG) is UTF-8.
bool Utf8Locale();

}  // namespace pomona::cli
