package metadata

import "bytes"

// marks counts the characters that come with values and parts of keys, outside
// of strings and comments: at least one for each key with its value and for each
// element of an array, up to the parser's first error, and more by the commas at
// the ends of lists and the points in numbers. It bounds a document before the
// parser sees it, which holds a whole array of a megabyte in memory before
// anybody else could count.
func marks(data []byte) int {
	count := 0
	for i := 0; i < len(data); {
		switch data[i] {
		case '#':
			i += lineLength(data[i:])
		case '"', '\'':
			i += stringLength(data[i:])
		case '=', ',', '.', '[', '{':
			count++
			i++
		default:
			i++
		}
	}
	return count
}

// lineLength is the length of the rest of a line, without its end.
func lineLength(data []byte) int {
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	return len(line)
}

// stringLength is the length of the string that data begins with, quotes
// included: all of data where it has no end, which is a parser's last error.
func stringLength(data []byte) int {
	quote := data[0]
	long := bytes.HasPrefix(data[1:], []byte{quote, quote})
	i := 1
	if long {
		i = 3
	}
	for i < len(data) {
		switch c := data[i]; {
		case c == '\\' && quote == '"':
			i += 2
		case c == '\n' && !long:
			return len(data)
		case c != quote:
			i++
		case !long:
			return i + 1
		default:
			run := len(data[i:]) - len(bytes.TrimLeft(data[i:], string(quote)))
			i += run
			if run >= 3 { // up to two quotes may stand before those that end it
				return i
			}
		}
	}
	return len(data)
}
