"""OpenStack's own services, each as one small process: `openstack_services.py keystone|placement|nova DIRECTORY PORT`. For Debian's Python.

DIRECTORY holds keystone.conf, placement.conf and nova.conf, and gets the databases. Nova's API, conductor, scheduler and compute share a process,
so that they need no message broker.
"""

import os
import pathlib
import sys
import time
import urllib.request
import wsgiref.simple_server


class Server(wsgiref.simple_server.WSGIServer):
    """One request at a time."""

    request_queue_size = 128


def serve(application, port: int) -> None:
    wsgiref.simple_server.make_server("127.0.0.1", port, application, server_class=Server).serve_forever()


def keystone(directory: pathlib.Path, port: int) -> None:
    from keystone.cmd import cli
    from keystone.server import wsgi

    def manage(*arguments: str) -> None:
        # Each command wants a process of its own; what was imported is there.
        child = os.fork()
        if child == 0:
            sys.argv = ["keystone-manage", *arguments]
            try:
                cli.main(argv=sys.argv, developer_config_file=str(directory / "keystone.conf"))
            except SystemExit as end:
                os._exit(1 if end.code else 0)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"keystone-manage {arguments[0]} failed")

    manage("db_sync")
    manage("fernet_setup", "--keystone-user=root", "--keystone-group=root")
    manage("bootstrap", "--bootstrap-password=s3cret", "--bootstrap-region-id=here", f"--bootstrap-public-url=http://127.0.0.1:{port}/")
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(directory / "keystone.conf")
    sys.argv = ["keystone"]
    serve(wsgi.initialize_public_application(), port)


def placement(directory: pathlib.Path, port: int) -> None:
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(directory)
    from placement import wsgi

    serve(wsgi.init_application(), port)


def nova(directory: pathlib.Path, port: int) -> None:
    import nova.monkey_patch  # noqa: F401
    import eventlet
    import nova.conf
    import os_vif
    from nova import config, context, objects, service
    from nova.db import migration
    from nova.objects import host_mapping
    from oslo_log import log
    from oslo_service import service as launching

    config.parse_args(["nova", f"--config-file={directory / 'nova.conf'}"])
    settings = nova.conf.CONF
    log.setup(settings, "nova")
    objects.register_all()
    os_vif.initialize()
    migration.db_sync(database="api")
    everything = context.get_admin_context()
    cells = [objects.CellMapping(context=everything, uuid=objects.CellMapping.CELL0_UUID, name="cell0", transport_url="none:///",
                                 database_connection=f"sqlite:///{directory}/nova-cell0.db"),
             objects.CellMapping(context=everything, uuid="11111111-1111-1111-1111-111111111111", name="cell1", transport_url="fake://",
                                 database_connection=settings.database.connection)]
    for cell in cells:
        cell.create()
        with context.target_cell(everything, cell) as inside:
            migration.db_sync(context=inside)
    while True:
        try:
            urllib.request.urlopen(settings.placement.endpoint_override, timeout=5).close()
            break
        except OSError:
            time.sleep(0.1)
    launcher = launching.ServiceLauncher(settings)
    for name in ("conductor", "scheduler", "compute"):
        launcher.launch_service(service.Service.create(binary=f"nova-{name}", topic=name))
    eventlet.spawn(find_hosts, host_mapping, everything, directory / "nova.ready")
    launcher.launch_service(service.WSGIService("osapi_compute"))
    launcher.wait()


def find_hosts(host_mapping, everything, ready: pathlib.Path) -> None:
    while not host_mapping.discover_hosts(everything):
        time.sleep(0.1)
    ready.touch()


if __name__ == "__main__":
    {"keystone": keystone, "placement": placement, "nova": nova}[sys.argv[1]](pathlib.Path(sys.argv[2]), int(sys.argv[3]))
