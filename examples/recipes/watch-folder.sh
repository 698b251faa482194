#!/bin/sh
# Cuts out what arrives in a folder. Run: sh watch-folder.sh IN OUT
# #region all
# A run does only what is missing or out of date, so a file that was half written is done in the next one.
while true; do
  koutu "$1" -o "$2/" --quiet
  sleep 5
done
# #endregion
