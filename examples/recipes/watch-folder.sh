#!/bin/sh
# Cuts out what arrives in a folder. Run: sh watch-folder.sh IN OUT
# #region all
# An image is read once it has not changed for a second. Ctrl-C stops it; the next start does what is missing.
koutu watch "$1" -o "$2/" --quiet
# #endregion
