"""The routes of players. aiohttp tries routes of one folder in their order, so those requested most come first."""

from aiohttp import web

from videoflix.streaming.handlers import gateway, storyboard, thumbnails, tracks, video

BUSIEST = [
    web.get(r"/api/video/{id}/{resolution:\d+p}/index.m3u8", video.media),
    web.get(r"/api/video/{id}/{resolution:\d+p}/{segment}", video.segment),
    web.get(r"/api/video/{id}/{resolution:\d+p}/{segment}/", video.segment),
]

ROUTES = [
    web.get("/api/video/{id}/master.m3u8", video.master),
    web.get("/api/video/{id}/thumbnail.jpg", thumbnails.thumbnail),
    web.get("/api/video/{id}/storyboard.vtt", storyboard.cues),
    web.get("/api/video/{id}/storyboard/{sheet}", storyboard.sheet),
    web.get("/api/video/{id}/captions/{number}.vtt", tracks.captions),
    web.get("/api/video/{id}/captions/{number}/index.m3u8", tracks.captions_playlist),
    web.get("/api/video/{id}/audio/{number}/index.m3u8", tracks.audio_playlist),
    web.get("/api/video/{id}/audio/{number}/{segment}", tracks.audio_segment),
    web.get("/api/video/{id}/{resolution}/index.m3u8", video.media),
    web.get("/api/video/{id}/{resolution}/{segment}", video.segment),
    web.get("/api/video/{id}/{resolution}/{segment}/", video.segment),
    web.get("/internal/segment/{id}/{resolution}/{segment}", gateway.verdict),
]
