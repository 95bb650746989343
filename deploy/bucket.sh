#!/bin/sh
# Prepares an S3 store for deploy/cluster.yml, and changes nothing if that was done before: makes the bucket, lets anyone
# on the network of the store read segments (nginx checks who may have them), and gives nginx the folder of its cache.
# Needs curl 7.75 or newer, and the variables S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY
# and CDN_CACHE.
set -eu

# send METHOD ADDRESS BODY [OPTIONS]: the key is read from standard input, so that no list of processes shows it.
send() {
    method=$1 address=$2 body=$3
    shift 3
    hash=$(printf '%s' "$body" | sha256sum | cut -d ' ' -f 1)
    printf 'user = "%s:%s"\n' "$S3_ACCESS_KEY_ID" "$S3_SECRET_ACCESS_KEY" |
        curl --config - --silent --show-error --aws-sigv4 "aws:amz:$S3_REGION:s3" --request "$method" \
            --header "x-amz-content-sha256: $hash" --header 'Content-Type: application/json' --data-binary "$body" \
            "$@" "$S3_ENDPOINT$address"
}

policy='{
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::'"$S3_BUCKET"'/films/*"
    }]
}'

status=$(send GET "/$S3_BUCKET?list-type=2&max-keys=1" '' --output /dev/null --write-out '%{http_code}')
if [ "$status" = 404 ]; then
    send PUT "/$S3_BUCKET" '' --fail
fi
send PUT "/$S3_BUCKET?policy=" "$policy" --fail
chown 1000:1000 "$CDN_CACHE"
