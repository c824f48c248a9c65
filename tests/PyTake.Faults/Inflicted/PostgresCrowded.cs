using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PyTake.Faults.Inflicted;

internal sealed class PostgresCrowded() : Fault("postgres-crowded", "Other clients take every connection that PostgreSQL has, for 10 s, and the nodes' own are terminated")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        List<TcpClient> strangers = [];
        var until = DateTime.UtcNow.AddSeconds(10);
        try
        {
            // One connection keeps ending the nodes' sessions, while these clients take the free connections.
            var evicting = scene.Database.QueryAsync("""
                do $$
                begin
                    for n in 1..100 loop
                        perform pg_stat_clear_snapshot();       -- otherwise pg_stat_activity does not change within a transaction
                        perform pg_terminate_backend(pid) from pg_stat_activity where application_name like 'node-%';
                        perform pg_sleep(0.1);
                    end loop;
                end $$
                """);
            while (DateTime.UtcNow < until)
                if (await EnterAsync(scene.Cluster.Postgres.Port, cancellationToken) is { } stranger) strangers.Add(stranger);
                else await Task.Delay(20, cancellationToken);
            await evicting;
        }
        finally
        {
            foreach (var stranger in strangers) stranger.Dispose();
        }
    }

    // A client that has named its user holds a connection until it has sent no password for a minute (authentication_timeout).
    private static async Task<TcpClient?> EnterAsync(int port, CancellationToken cancellationToken)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await client.GetStream().WriteAsync(StartUp(), cancellationToken);
        var answer = new byte[1];
        var isLetIn = await client.GetStream().ReadAsync(answer, cancellationToken) == 1 && answer[0] == 'R';
        if (isLetIn) return client;
        client.Dispose();
        return null;
    }

    // The startup message of protocol 3.0: length, version, then names and values, each terminated by 0.
    private static byte[] StartUp()
    {
        var words = Encoding.ASCII.GetBytes("user\0pytake\0database\0pytake\0\0");
        var message = new byte[8 + words.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), 3 << 16);
        words.CopyTo(message, 8);
        return message;
    }
}
