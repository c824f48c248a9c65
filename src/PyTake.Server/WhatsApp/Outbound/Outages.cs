using Npgsql;

namespace PyTake.WhatsApp.Outbound;

internal static class Outages
{
    /// <summary>Whether the database was away or busy, so that the same will work later; anything else is a bug.</summary>
    public static bool Is(Exception exception)
        => exception is NpgsqlException { IsTransient: true } or PostgresException { SqlState: ['5', '7', 'P', ..] }
            // A pool without a free connection, and a connection that broke in the middle.
            or NpgsqlException { InnerException: TimeoutException or IOException or System.Net.Sockets.SocketException } or TimeoutException;
}
