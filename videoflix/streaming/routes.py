"""What players ask for. The first three are asked for all the time, and routes are tried in this order."""

from aiohttp import web

from videoflix.streaming.handlers import gateway, pictures, tracks, video

ROUTES = [
    web.get(r"/api/video/{id}/{resolution:\d+p}/index.m3u8", video.media),
    web.get(r"/api/video/{id}/{resolution:\d+p}/{segment}", video.segment),
    web.get(r"/api/video/{id}/{resolution:\d+p}/{segment}/", video.segment),
    web.get("/api/video/{id}/master.m3u8", video.master),
    web.get("/api/video/{id}/thumbnail.jpg", pictures.thumbnail),
    web.get("/api/video/{id}/storyboard.vtt", pictures.storyboard),
    web.get("/api/video/{id}/storyboard/{sheet}", pictures.sheet),
    web.get("/api/video/{id}/captions/{number}.vtt", tracks.captions),
    web.get("/api/video/{id}/captions/{number}/index.m3u8", tracks.captions_playlist),
    web.get("/api/video/{id}/audio/{number}/index.m3u8", tracks.sound_playlist),
    web.get("/api/video/{id}/audio/{number}/{piece}", tracks.piece),
    web.get("/api/video/{id}/{resolution}/index.m3u8", video.media),
    web.get("/api/video/{id}/{resolution}/{segment}", video.segment),
    web.get("/api/video/{id}/{resolution}/{segment}/", video.segment),
    web.get("/internal/segment/{id}/{resolution}/{segment}", gateway.verdict),
]
