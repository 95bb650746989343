#!/bin/sh
# Make an image that stands in for the base images of the Dockerfile where their registry cannot be reached: Debian 13
# with Python, Node.js and npm, from the mirror that this machine's apt uses. The lists of apt stay and binutils, which
# the Dockerfile installs, are in it: what is there already costs the build no time.
# usage: stand_in.sh NAME
set -eu
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
container=$(buildah from scratch)
root=$(buildah mount "$container")
mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --aptopt='Acquire::Languages "none"' --skip=cleanup/apt/lists \
    --aptopt='APT::Install-Recommends "false"' --include=ca-certificates,python3,python3-venv,nodejs,binutils \
    trixie "$root" "$mirror"
ln -s python3 "$root/usr/bin/python"
# Not Debian's npm, which consists of 366 packages.
npm install --global --silent --prefix "$root/usr/local" npm@10
# pip, npm and apt reach their registries as they do here.
for file in /etc/pip.conf /etc/npmrc /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$file" ] || cp "$file" "$root$file"
done
buildah umount "$container" > /dev/null
buildah commit --quiet --rm "$container" "$1" > /dev/null
