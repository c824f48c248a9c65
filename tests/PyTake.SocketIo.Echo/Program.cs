using PyTake.SocketIo.Echo;

// As the test suites of engine.io-protocol and socket.io-protocol expect it; they look for it at http://localhost:3000.
EchoServer.Build(
[
    "--SocketIo:PingInterval=00:00:00.300", "--SocketIo:PingTimeout=00:00:00.200", "--SocketIo:ConnectTimeout=00:00:01",
    "--SocketIo:MaxPayload=1000000", "--urls=http://localhost:3000", .. args,
]).Run();
