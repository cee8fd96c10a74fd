package localstore

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite"

	"kaft/portfolio"
)

// schemaVersion goes up when an older Kaft could no longer keep the promises
// on the file. A new name in portfolio.Indexes is such a change: an older
// program would leave its column behind when it replaces a document.
const schemaVersion = 1

// One table, and one column per index: a write is then one statement, and a
// page is one range of one index. (Keys in a table of their own were measured at
// 100,000 documents: a page took 1.8 times the CPU, an insert 1.4 times, and the
// file was 1.3 times as large.)
const createDocs = `CREATE TABLE docs (
	school TEXT NOT NULL,
	kind   TEXT NOT NULL,
	id     TEXT NOT NULL,
	rev    INTEGER NOT NULL,
	body   BLOB
)`

// migrate makes the tables of an empty file, adds what this version has more
// than the file, and refuses a file that a newer Kaft has written.
func migrate(db *sql.DB) error {
	version, err := schemaOf(db)
	if err != nil {
		return err
	}
	have, err := columns(db)
	if err != nil {
		return err
	}
	var todo []string
	if len(have) == 0 {
		todo = append(todo, createDocs, "CREATE UNIQUE INDEX docs_id ON docs (school, kind, id)")
	}
	for _, index := range portfolio.Indexes {
		if c := column(index); !slices.Contains(have, c) {
			todo = append(todo,
				fmt.Sprintf("ALTER TABLE docs ADD COLUMN %s TEXT", c),
				fmt.Sprintf("CREATE INDEX docs_%s ON docs (school, kind, %s, id) WHERE %[2]s IS NOT NULL", index, c))
		}
	}
	if len(todo) == 0 && version == schemaVersion {
		return nil
	}
	todo = append(todo, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
	_, err = db.Exec("BEGIN IMMEDIATE; " + strings.Join(todo, "; ") + "; COMMIT")
	return err
}

// schemaOf reads the version of a file, and refuses one that is newer than this
// program.
func schemaOf(db *sql.DB) (version int, err error) {
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("the documents were written by a newer Kaft (schema %d, this one knows %d)", version, schemaVersion)
	}
	return version, nil
}

// knownSchema refuses a file that this program would first have to change.
func knownSchema(db *sql.DB) error {
	version, err := schemaOf(db)
	if err == nil && version < schemaVersion {
		err = fmt.Errorf("the documents were written by an older Kaft (schema %d): start this one on them first", version)
	}
	return err
}

func columns(db *sql.DB) (names []string, err error) {
	rows, err := db.Query("SELECT name FROM pragma_table_info('docs')")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// column is the column that holds a document's key for index.
func column(index string) string { return "key_" + index }

// keyColumns are the key columns, in the order of portfolio.Indexes.
func keyColumns() string {
	var all []string
	for _, index := range portfolio.Indexes {
		all = append(all, column(index))
	}
	return strings.Join(all, ", ")
}

// source is the driver's name for the file at path, opened with pragmas.
func source(path string, pragmas ...string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/kaft
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	return u.String()
}
