#!/bin/sh
# A newcomer's ten minutes: install, cut out, a folder, a program, a server. Run in an empty folder that holds photo.jpg, and, for the
# program, simple.ts from the README. Needs Node 22.18 or newer, and curl.
set -eu

# Two minutes: the command.
npm install koutu
npx koutu photo.jpg
npx koutu photo.jpg -b white -f jpeg -o white.jpg
npx koutu photo.jpg --crop --margin 5% -o cropped.png
npx koutu - < photo.jpg > piped.png

# A folder, twice: the second run has nothing to do.
mkdir photos
cp photo.jpg photos/one.jpg
cp photo.jpg photos/two.jpg
npx koutu photos/ -o out/
npx koutu photos/ -o out/

# What is here, and what may be chosen.
npx koutu doctor
npx koutu models list

# A program.
node simple.ts

# A server, on any free port, with its data in this folder. Without npx, which does not pass the signal on.
npm install @koutu/server
node_modules/.bin/koutu serve --port 0 --data data > serve.log 2> serve.err &
server=$!
trap 'kill $server; wait $server || true' EXIT
until grep -q Listening serve.log; do
  kill -0 $server
  sleep 1
done
url=$(sed -n 's/^Listening on \(http[^ ]*\).*/\1/p' serve.log)
curl -fsS -F image=@photo.jpg "$url/v1/cutouts?crop=true" -o served.png
curl -fsS "$url/v1/jobs" > jobs.json
