// Prints as JSON what a client of other people makes of the service: node clients.cjs WHICH [URL USERNAME PASSWORD]
const { readFileSync } = require('node:fs')

async function xtream (serializer) {
  const { Xtream } = require('@iptv/xtream-api')
  const serializers = {
    standardized: () => require('@iptv/xtream-api/standardized').standardizedSerializer,
    jsonapi: () => require('@iptv/xtream-api/jsonapi').JSONAPISerializer,
    camelcase: () => require('@iptv/xtream-api/camelcase').camelCaseSerializer
  }
  const [url, username, password] = process.argv.slice(3)
  const client = new Xtream({ url, username, password, serializer: serializers[serializer]() })
  const channels = await client.getChannels()
  const list = channels.data || channels
  const channelId = list.length ? (list[0].id || list[0].streamId) : 0
  return {
    profile: await client.getProfile(),
    server: await client.getServerInfo(),
    categories: await client.getChannelCategories(),
    channels,
    movies: await client.getMovies(),
    movieCategories: await client.getMovieCategories(),
    shows: await client.getShows(),
    showCategories: await client.getShowCategories(),
    short: channelId ? await client.getShortEPG({ channelId }) : null,
    full: channelId ? await client.getFullEPG({ channelId }) : null
  }
}

const input = () => readFileSync(0, 'utf8')
const clients = {
  standardized: () => xtream('standardized'),
  jsonapi: () => xtream('jsonapi'),
  camelcase: () => xtream('camelcase'),
  playlist: () => require('@iptv/playlist').parseM3U(input()),
  ipp: () => require('iptv-playlist-parser').parse(input()),
  epg: () => require('epg-parser').parse(input())
}

Promise.resolve(clients[process.argv[2]]())
  .then(result => process.stdout.write(JSON.stringify(result)))
  .catch(error => { process.stderr.write(String(error.stack)); process.exit(1) })
