// Package export writes, checks and takes in the move bundle: a student's
// portfolio in one file that a family can carry from one school to another.
// BUNDLE.md beside this file describes the bundle.
//
//	Write   streams a bundle: a BagIt bag in a zip, with portfolio.json
//	Open    looks at a zip from outside, before a byte is inflated; a Leap2A
//	        file, zipped or alone, stands in the place of a bundle
//	Verify  hashes everything and reads the document strictly
//	Import  takes a verified bundle in, by the Library's door
//	Jobs    does these in the background and says how far they are
//
// Everything streams: the document is written and read element by element, and
// only ids, hashes and names are held, so memory does not grow with the size of
// a portfolio's files.
//
// The texts for people in a bundle (LEESMIJ.txt, OPEN-MIJ.html) are templates
// in this package's text folder and not in the app's catalogue: they are part
// of what a bundle is, they must come out the same from a command line without
// the app, and they change with the format and not with the screens.
//
// JSON is read and written with go-json-experiment/json: it refuses duplicate
// names and invalid UTF-8, matches names exactly, and streams. The schema is
// checked by santhosh-tekuri/jsonschema, which knows all of 2020-12.
package export
