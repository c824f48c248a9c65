using System.Net.Sockets;
using Npgsql;

namespace PyTake.Database;

public sealed class OutageTests
{
    [Theory]
    [InlineData("XX000", "FATAL", "could not write init file")]
    [InlineData("57P01", "FATAL", "terminating connection due to administrator command")]
    [InlineData("53100", "ERROR", "could not extend file: No space left on device")]
    [InlineData("58030", "ERROR", "could not write to file")]
    [InlineData("40P01", "ERROR", "deadlock detected")]
    public void An_error_that_may_pass_is_an_outage(string sqlState, string severity, string message)
        => Assert.True(Outage.Is(new PostgresException(message, severity, severity, sqlState)));

    [Theory]
    [InlineData("XX000", "ERROR", "cache lookup failed for type 0")]
    [InlineData("23505", "ERROR", "duplicate key value violates unique constraint")]
    [InlineData("57014", "ERROR", "canceling statement due to statement timeout")]
    [InlineData("28P01", "FATAL", "password authentication failed")]
    [InlineData("3D000", "FATAL", "database does not exist")]
    [InlineData("42704", "FATAL", "unrecognized configuration parameter")]
    public void An_error_that_will_recur_is_not_an_outage(string sqlState, string severity, string message)
        => Assert.False(Outage.Is(new PostgresException(message, severity, severity, sqlState)));

    [Fact]
    public void A_broken_connection_is_an_outage_and_a_mistake_of_ours_is_not()
    {
        Assert.True(Outage.Is(new NpgsqlException("Exception while reading from stream", new IOException())));
        Assert.True(Outage.Is(new NpgsqlException("Failed to connect", new SocketException())));
        Assert.False(Outage.Is(new InvalidOperationException()));
        Assert.False(Outage.Is(new FormatException()));
    }
}
