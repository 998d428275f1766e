"""The process that draws: ``python -m salesplan.kernels.drawing_process DESCRIPTOR`` of a listening socket.

It ends when its standard input is closed, that is with the program that started it.
"""

import os
import selectors
import socket
import sys

from salesplan.kernels.sockets import BAD, GOOD, LENGTH, STATUS, read_exactly


def draw(spec: str) -> str:
    """The picture, as `salesplan.plots.drawing.draw_here` draws it, without the libraries that make specifications.

    The engine starts with the first: many notebooks have nothing to draw with it.
    """
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def main(listener: socket.socket) -> None:
    """Draw for one fork after another."""
    selector = selectors.DefaultSelector()
    for source in (sys.stdin, listener):
        selector.register(source, selectors.EVENT_READ)
    while True:
        for key, _event in selector.select():
            if key.fileobj is sys.stdin:
                if not os.read(0, 1024):
                    return
            elif key.fileobj is listener:
                line, _address = listener.accept()
                selector.register(line, selectors.EVENT_READ, line)
            elif not _answer(key.data):
                selector.unregister(key.fileobj)
                key.data.close()


def _answer(line: socket.socket) -> bool:
    """Draw one picture; whether the fork may ask for more."""
    try:
        (length,) = LENGTH.unpack(read_exactly(line, LENGTH.size))
        spec = read_exactly(line, length).decode()
        try:
            status, text = GOOD, draw(spec)
        except ValueError as error:
            status, text = BAD, str(error)
        body = text.encode()
        line.sendall(STATUS.pack(status, len(body)) + body)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)
