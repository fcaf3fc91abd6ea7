#!/usr/bin/env python3
"""A webhook over HTTPS and a mail server over SMTP with STARTTLS, for tests: `receivers.py CERT KEY FOLDER`.

Writes the two ports to FOLDER/ports, and each message that came to FOLDER/hook-N.json or FOLDER/mail-N.eml. While FOLDER/refuse
exists both refuse what comes (500, 451).
"""
import http.server
import itertools
import os
import socketserver
import ssl
import sys
import threading

CERT, KEY, FOLDER = sys.argv[1:4]
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
TLS.load_cert_chain(CERT, KEY)
NUMBERS = {"hook": itertools.count(1), "mail": itertools.count(1)}


def keep(kind, suffix, data):
    name = os.path.join(FOLDER, f"{kind}-{next(NUMBERS[kind])}.{suffix}")
    with open(name + ".part", "wb") as file:
        file.write(data)
    os.rename(name + ".part", name)


def refused():
    return os.path.exists(os.path.join(FOLDER, "refuse"))


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not refused():
            keep("hook", "json", body)
        self.send_response(500 if refused() else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class HookServer(http.server.ThreadingHTTPServer):
    def get_request(self):
        plain, address = super().get_request()
        return TLS.wrap_socket(plain, server_side=True), address

    def handle_error(self, request, client_address):
        pass


class Mail(socketserver.BaseRequestHandler):
    def handle(self):
        link = self.request
        stream = link.makefile("rb")
        link.sendall(b"220 receiver\r\n")
        secure = False
        while line := stream.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                link.sendall(b"250-receiver\r\n250 8BITMIME\r\n" if secure else b"250-receiver\r\n250 STARTTLS\r\n")
            elif word == b"STARTTLS":
                link.sendall(b"220 go on\r\n")
                link = TLS.wrap_socket(link, server_side=True)
                stream = link.makefile("rb")
                secure = True
            elif word == b"DATA":
                link.sendall(b"354 go on\r\n")
                lines = []
                while (line := stream.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b".") else line)
                if not refused():
                    keep("mail", "eml", b"".join(lines))
                link.sendall(b"451 not now\r\n" if refused() else b"250 taken\r\n")
            elif word == b"QUIT":
                link.sendall(b"221 bye\r\n")
                return
            else:
                link.sendall(b"250 ok\r\n" if secure else b"530 STARTTLS first\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


hook = HookServer(("127.0.0.1", 0), Hook)
mail = MailServer(("127.0.0.1", 0), Mail)
for server in (hook, mail):
    threading.Thread(target=server.serve_forever, daemon=True).start()
with open(os.path.join(FOLDER, "ports.part"), "w") as ports:
    ports.write(f"{hook.server_address[1]} {mail.server_address[1]}\n")
os.rename(os.path.join(FOLDER, "ports.part"), os.path.join(FOLDER, "ports"))
sys.stdin.read()  # until whoever started it goes
