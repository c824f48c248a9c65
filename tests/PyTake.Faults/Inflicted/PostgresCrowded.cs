using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PyTake.Faults.Inflicted;

internal sealed class PostgresCrowded() : Fault("postgres-crowded", "Strangers take every connection that PostgreSQL has, for 10 s, and the nodes' own are ended")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        List<TcpClient> strangers = [];
        var until = DateTime.UtcNow.AddSeconds(10);
        try
        {
            // One connection of ours ends the nodes' sessions again and again, and strangers take their places.
            var evicting = scene.Database.QueryAsync("""
                do $$
                begin
                    for n in 1..100 loop
                        perform pg_stat_clear_snapshot();       -- what it says does not change within a transaction otherwise
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

    // A client that has named its user has a place, until it has failed to give the password for a minute (authentication_timeout).
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

    // The start-up message of protocol 3.0: length, version, names and values, each ended by 0.
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
