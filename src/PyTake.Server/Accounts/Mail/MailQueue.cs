using System.Text.Json;
using Dapper;
using Hangfire;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>Mail that is asked for, as it is stored: encrypted, since it has an address and a link.</summary>
/// <param name="Kind">A kind of <see cref="AccountLinks"/>.</param>
/// <param name="Email">Whom it is for.</param>
internal sealed record MailRequest(string Kind, string Email)
{
    /// <summary>The links; null where the job is to make one for each account of the address, if there are any.</summary>
    public IReadOnlyList<MailLink>? Links { get; init; }

    public DateTime? ExpiresAt { get; init; }

    /// <summary>Where links lead that the job makes.</summary>
    public string? Address { get; init; }
}

/// <param name="Name">What the link is for: the name of an organization that the reader belongs to.</param>
/// <param name="Url">Where it leads.</param>
internal sealed record MailLink(string Name, string Url);

/// <summary>
/// Mail on its way: a row for each, and a job that sends it. No request waits for a mail server, or takes longer for an address that has an account. The row is
/// the truth: for one that lost its job, a recurring job enqueues another.
/// </summary>
internal sealed partial class MailQueue(
    NpgsqlDataSource db, SecretBox box, IBackgroundJobClient jobs, IOptions<MailOptions> options, ILogger<MailQueue> logger)
{
    /// <summary>After this long a row that is still there has lost its job, or its job has given up: mail is not tried for longer.</summary>
    private static readonly TimeSpan Overdue = TimeSpan.FromMinutes(2), GiveUp = TimeSpan.FromHours(6);

    /// <returns>The row's id, for <see cref="Wake"/> after the commit; null if no mail is configured.</returns>
    public async Task<Guid?> AddAsync(NpgsqlTransaction transaction, MailRequest request, CancellationToken cancellationToken)
    {
        if (!options.Value.IsConfigured) return null;
        var id = Guid.CreateVersion7();
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "insert into mails (id, sealed) values (@id, @text)",
            new { id, text = Seal(id, request) }, transaction, cancellationToken: cancellationToken));
        return id;
    }

    /// <summary>The same in a transaction of its own, and its job is enqueued.</summary>
    public async Task SendAsync(MailRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var id = await AddAsync(transaction, request, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Wake(id);
    }

    /// <summary>Enqueues the job of a mail. It waits for nothing and never throws.</summary>
    public void Wake(Guid? id)
    {
        // On another thread, because Hangfire blocks, for long where its tables are locked.
        if (id is { } mail) _ = Task.Run(() => TryEnqueue(mail), CancellationToken.None);
    }

    /// <summary>What a mail's row asks for; null if it was sent.</summary>
    public async Task<MailRequest?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var text = await connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
            "select sealed from mails where id = @id", new { id }, cancellationToken: cancellationToken));
        return text is null ? null : JsonSerializer.Deserialize<MailRequest>(box.Open(text, PlaceOf(id)), Wire.Options);
    }

    /// <summary>Stores what the job has made of a request, so that it makes it once, however often the mail server is tried.</summary>
    public Task ReplaceAsync(NpgsqlTransaction transaction, Guid id, MailRequest request, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "update mails set sealed = @text where id = @id", new { id, text = Seal(id, request) }, transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes the row of a mail that was sent.</summary>
    public async Task DeleteAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("delete from mails where id = @id", new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Enqueues jobs for rows that lost theirs, and deletes what could not be sent for hours; runs as a recurring job.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var given = await connection.ExecuteAsync(new CommandDefinition(
            "delete from mails where created_at < now() - @GiveUp", new { GiveUp }, cancellationToken: cancellationToken));
        if (given > 0) LogGivenUp(given);
        foreach (var id in await connection.QueryAsync<Guid>(new CommandDefinition(
            "select id from mails where created_at < now() - @Overdue limit 100", new { Overdue }, cancellationToken: cancellationToken)))
            TryEnqueue(id);
    }

    private byte[] Seal(Guid id, MailRequest request) => box.Seal(JsonSerializer.Serialize(request, Wire.Options), PlaceOf(id));

    private static SecretPlace PlaceOf(Guid id) => new("mails", "sealed", id);

    private void TryEnqueue(Guid id)
    {
        try
        {
            jobs.Enqueue<MailJob>(job => job.RunAsync(id, CancellationToken.None));
        }
        catch (Exception exception)
        {
            LogNotEnqueued(exception, id);
        }
    }

    [LoggerMessage(6022, LogLevel.Warning, "Mail {MailId} has no job yet; the next check enqueues it")]
    private partial void LogNotEnqueued(Exception exception, Guid mailId);

    [LoggerMessage(6023, LogLevel.Error, "{Count} mails could not be sent for hours and are given up; see Mail:Host")]
    private partial void LogGivenUp(int count);
}
