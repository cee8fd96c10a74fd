// Verifies credentials with @digitalbazaar's library: their paths are the
// arguments, after a folder of contexts. It prints "id verified" or why not.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';

const [contexts, ...files] = process.argv.slice(2);
const names = {
  'https://www.w3.org/ns/credentials/v2': 'credentials-v2.jsonld',
  'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json': 'ob-v3p0-3.0.3.json',
  'https://www.w3.org/ns/did/v1': 'did-v1.jsonld',
  'https://w3id.org/security/data-integrity/v1': 'data-integrity-v1.jsonld',
};

async function documentLoader(url) {
  if(names[url]) {
    return {documentUrl: url, document: JSON.parse(readFileSync(join(contexts, names[url]), 'utf8'))};
  }
  const [did, fragment] = url.split('#');
  if(!did.startsWith('did:key:')) {
    throw new Error(`not here: ${url}`);
  }
  const key = did.slice('did:key:'.length);
  const pair = await Ed25519Multikey.from({type: 'Multikey', id: `${did}#${key}`, controller: did, publicKeyMultibase: key});
  const method = await pair.export({publicKey: true, includeContext: true});
  const controller = {'@context': 'https://www.w3.org/ns/did/v1', id: did, verificationMethod: [method], assertionMethod: [method.id]};
  return {documentUrl: url, document: fragment ? method : controller};
}

for(const file of files) {
  const credential = JSON.parse(readFileSync(file, 'utf8'));
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const out = await vc.verifyCredential({credential, suite, documentLoader, now: new Date(Date.parse(credential.validFrom) + 1000)});
  console.log(credential.id, out.verified ? 'verified' : JSON.stringify(out.error?.errors?.map(e => e.message) ?? out.error));
}
