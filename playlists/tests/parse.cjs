// Prints as JSON what iptv-playlist-parser makes of the playlist on standard input.
const { readFileSync } = require('node:fs')
const { parse } = require('iptv-playlist-parser')

process.stdout.write(JSON.stringify(parse(readFileSync(0, 'utf8')).items))
