using Npgsql;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Signals changes of the rows that sending writes, so that tests can wait for them without polling.</summary>
public sealed class DatabaseChanges : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly Task _listening;
    private readonly TestDatabase _database;
    private volatile TaskCompletionSource _changed = NewSignal();
    private volatile bool _over;

    private DatabaseChanges(TestDatabase database, NpgsqlConnection connection)
    {
        (_database, _connection) = (database, connection);
        _listening = ListenAsync();
    }

    public static async Task<DatabaseChanges> ListenToAsync(TestDatabase database)
    {
        await database.ExecuteAsync("""
            create function tell() returns trigger language plpgsql as $$ begin perform pg_notify('changed', ''); return null; end $$;
            create trigger tell after insert or update or delete on messages for each statement execute function tell();
            create trigger tell after insert or update or delete on outbox for each statement execute function tell();
            create trigger tell after update on whatsapp_numbers for each statement execute function tell();
            create trigger tell after insert or update or delete on webhook_items_set_aside for each statement execute function tell();
            create trigger tell after update or delete on read_receipts for each statement execute function tell();
            """);
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("listen changed", connection);
        await command.ExecuteNonQueryAsync();
        return new DatabaseChanges(database, connection);
    }

    /// <summary>Queries after each change until the result is the expected one.</summary>
    public async Task<T> UntilAsync<T>(Func<Task<T?>> look, Func<T, bool> found)
    {
        T? last = default;
        using var tooLate = new CancellationTokenSource(Sending.Deadline);
        while (true)
        {
            var changed = _changed.Task;
            last = await look();
            if (last is not null && found(last)) return last;
            try
            {
                await changed.WaitAsync(tooLate.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not within {Sending.Deadline}; last seen: {last}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _over = true;
        await _database.ExecuteAsync("notify changed");
        await _listening;
        await _connection.DisposeAsync();
    }

    private async Task ListenAsync()
    {
        while (!_over)
        {
            await _connection.WaitAsync();
            Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
