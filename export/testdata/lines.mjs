// Holds the lines of streams against the definitions of a bundle's schema, with
// ajv: the arguments are the schema, and then a definition and a file of lines,
// again and again. It prints what it finds of each line.
import {readFileSync} from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [schema, ...rest] = process.argv.slice(2);
const ajv = new Ajv({strict: false});
addFormats(ajv);
const whole = JSON.parse(readFileSync(schema, 'utf8'));
ajv.addSchema(whole);
for(let i = 0; i < rest.length; i += 2) {
  const validate = ajv.getSchema(whole.$id + '#/$defs/' + rest[i]);
  for(const line of readFileSync(rest[i + 1], 'utf8').trimEnd().split('\n')) {
    console.log(rest[i], validate(JSON.parse(line)) ? 'valid' : JSON.stringify(validate.errors));
  }
}
