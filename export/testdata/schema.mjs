// Holds credentials against 1EdTech's JSON Schema, with ajv: the arguments are
// the schema and the credentials. It prints what is wrong.
import {readFileSync} from 'node:fs';
import Ajv from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';

const [schema, ...files] = process.argv.slice(2).map(file => JSON.parse(readFileSync(file, 'utf8')));
const ajv = new Ajv({strict: false, allErrors: true});
addFormats(ajv);
const validate = ajv.compile(schema);
for(const file of files) {
  console.log(file.id, validate(file) ? 'valid' : JSON.stringify(validate.errors));
}
