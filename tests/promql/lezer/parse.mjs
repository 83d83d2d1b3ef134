// Reads queries from standard input, each with a NUL byte behind it; writes "+" for each that the grammar takes and "-" for others.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages lie in build/, which the first argument names, and not beside this file.
const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { parser } = require("@prometheus-io/lezer-promql");

function valid(query) {
  let errors = 0;
  parser.parse(query).iterate({ enter: (node) => { errors += node.type.isError ? 1 : 0; } });
  return errors === 0;
}

const queries = readFileSync(0, "utf8").split("\0").slice(0, -1);
process.stdout.write(queries.map((query) => (valid(query) ? "+" : "-")).join(""));
