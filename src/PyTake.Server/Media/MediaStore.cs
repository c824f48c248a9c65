using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.Media;

/// <summary>All SQL of files, of who has them, and of Meta's ids of them.</summary>
public sealed class MediaStore(NpgsqlDataSource db, TimeProvider time)
{
    private const string Columns =
        "f.id, f.organization_id, f.sha256, f.size, f.mime_type, f.width, f.height, f.duration_seconds, f.animated, f.thumbnail";

    // Whoever takes a message's file away, or the message, need not know of this table.
    private const string IsShown = "(m.message_id is null or exists (select from messages o where o.id = m.message_id and o.media is not null))";

    /// <summary>An organization's file by its content; null if it does not have it.</summary>
    public Task<StoredFile?> FindAsync(Guid organizationId, byte[] sha256, CancellationToken cancellationToken)
        => SingleAsync<StoredFile>(
            $"select {Columns} from files f where f.organization_id = @organizationId and f.sha256 = @sha256", new { organizationId, sha256 }, cancellationToken);

    /// <summary>What is shown under an id; null if there is nothing, if it is another organization's, or if the message does not show it any more.</summary>
    public async Task<FoundMedia?> FindAsync(Guid organizationId, Guid mediaId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {Columns}, m.filename, m.message_id is null as is_unsent
            from media m
            join files f on f.id = m.file_id
            where m.id = @mediaId and m.organization_id = @organizationId and {IsShown}
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var found = await connection.QueryAsync<StoredFile, (string? Filename, bool IsUnsent), FoundMedia>(
            new CommandDefinition(Sql, new { mediaId, organizationId }, cancellationToken: cancellationToken),
            (file, media) => new(file, media.Filename, media.IsUnsent), splitOn: "filename");
        return found.SingleOrDefault();
    }

    /// <summary>An upload or a message's file, which stays at least until the transaction ends; null if there is none.</summary>
    internal static async Task<FoundMedia?> HoldAsync(
        NpgsqlTransaction transaction, Guid organizationId, Guid mediaId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {Columns}, m.filename, m.message_id is null as is_unsent
            from media m
            join files f on f.id = m.file_id
            where m.id = @mediaId and m.organization_id = @organizationId and {IsShown}
            for key share of f
            """;

        var found = await transaction.Connection!.QueryAsync<StoredFile, (string? Filename, bool IsUnsent), FoundMedia>(
            new CommandDefinition(Sql, new { mediaId, organizationId }, transaction, cancellationToken: cancellationToken),
            (file, media) => new(file, media.Filename, media.IsUnsent), splitOn: "filename");
        return found.SingleOrDefault();
    }

    /// <summary>
    /// Records a file, unless the organization has the same content already, and gives it to somebody. The storage has had the content before.
    /// </summary>
    /// <returns>The file that the organization has; null if it was erased meanwhile, so that its content must be stored again.</returns>
    public static async Task<StoredFile?> AddAsync(NpgsqlTransaction transaction, KeptFile kept, NewMedia media, CancellationToken cancellationToken)
    {
        const string Known = $"select {Columns} from files f where f.id = @Id for key share";
        // An update that changes nothing returns the row that is there, and keeps it until the transaction ends.
        const string New = $"""
            insert into files as f (id, organization_id, sha256, size, mime_type, width, height, duration_seconds, animated)
            values (@Id, @OrganizationId, @Sha256, @Size, @MimeType, @Width, @Height, @DurationSeconds, @Animated)
            on conflict (organization_id, sha256) do update set size = f.size
            returning {Columns}
            """;

        var file = await transaction.Connection!.QuerySingleOrDefaultAsync<StoredFile>(
            new CommandDefinition(kept.IsNew ? New : Known, kept.File, transaction, cancellationToken: cancellationToken));
        if (file is not null)
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                InsertMedia, new { media.Id, file.OrganizationId, FileId = file.Id, media.MessageId, media.Filename }, transaction, cancellationToken: cancellationToken));
        return file;
    }

    /// <summary>Gives a held file to a message, when the transaction commits.</summary>
    internal static void Give(StreamTransaction transaction, StoredFile file, NewMedia media)
        => transaction.AddStatement(new NpgsqlBatchCommand("insert into media (id, organization_id, file_id, message_id, filename) values ($1, $2, $3, $4, $5)")
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = media.Id },
                new NpgsqlParameter<Guid> { TypedValue = file.OrganizationId },
                new NpgsqlParameter<Guid> { TypedValue = file.Id },
                new NpgsqlParameter<Guid> { TypedValue = media.MessageId!.Value },
                new NpgsqlParameter<string?> { TypedValue = media.Filename, NpgsqlDbType = NpgsqlDbType.Text },
            },
        });

    /// <summary>How many bytes of an organization's uploads no message uses.</summary>
    public async Task<long> UnsentBytesAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select coalesce(sum(f.size), 0)::bigint
            from media m
            join files f on f.id = m.file_id
            where m.organization_id = @organizationId and m.message_id is null
            """;
        return await SingleAsync<long>(Sql, new { organizationId }, cancellationToken);
    }

    /// <summary>Records that the storage has a thumbnail of a file, or that none can be made.</summary>
    public Task SetThumbnailAsync(Guid fileId, bool has, CancellationToken cancellationToken)
        => ExecuteAsync("update files set thumbnail = @has where id = @fileId", new { fileId, has }, cancellationToken);

    /// <summary>Takes away what nobody shows any more: unused uploads from before that time, and files of messages that have none.</summary>
    /// <returns>How many, at most <paramref name="limit"/> of each.</returns>
    public Task<int> ForgetAsync(DateTime before, int limit, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            delete from media
            where id in (
                (select id from media where message_id is null and created_at < @before limit @limit)
                union all
                (select m.id from media m where m.message_id is not null and not {IsShown} limit @limit))
            """;
        return ExecuteAsync(Sql, new { before, limit }, cancellationToken);
    }

    /// <summary>Forgets who had the files of messages that are gone for their readers.</summary>
    public static NpgsqlBatchCommand Taken(Guid[] messageIds)
    {
        var command = new NpgsqlBatchCommand("delete from media where message_id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = messageIds });
        return command;
    }

    /// <summary>Files that nobody has.</summary>
    public async Task<IReadOnlyList<ObjectName>> UnownedAsync(int limit, CancellationToken cancellationToken)
    {
        const string Sql = """
            select f.organization_id, f.id as file_id
            from files f
            where not exists (select from media m where m.file_id = f.id)
            limit @limit
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var found = await connection.QueryAsync<(Guid OrganizationId, Guid FileId)>(new CommandDefinition(Sql, new { limit }, cancellationToken: cancellationToken));
        return [.. found.Select(file => new ObjectName(file.OrganizationId, file.FileId))];
    }

    /// <summary>Deletes a file unless somebody has it, or gets it at this moment.</summary>
    /// <returns>Whether its row is gone; its object has to follow.</returns>
    public async Task<bool> RemoveAsync(Guid fileId, CancellationToken cancellationToken)
    {
        const string Sql = "delete from files f where f.id = @fileId and not exists (select from media m where m.file_id = f.id)";
        try
        {
            return await ExecuteAsync(Sql, new { fileId }, cancellationToken) == 1;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            return false;
        }
    }

    /// <summary>Those of the ids that no file has.</summary>
    public async Task<IReadOnlySet<Guid>> MissingAsync(Guid[] fileIds, CancellationToken cancellationToken)
    {
        const string Sql = "select id from unnest(@fileIds) as n (id) where not exists (select from files f where f.id = n.id)";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Guid>(new CommandDefinition(Sql, new { fileIds }, cancellationToken: cancellationToken))).ToHashSet();
    }

    /// <summary>Meta's id of a file that was uploaded to a number; null if it was not, or too long ago.</summary>
    public Task<string?> UploadedAsync(Guid fileId, string phoneNumberId, CancellationToken cancellationToken)
        => SingleAsync<string>(
            "select meta_id from media_uploads where file_id = @fileId and phone_number_id = @phoneNumberId and expires_at > @now",
            new { fileId, phoneNumberId, now = time.UtcNow() }, cancellationToken);

    /// <summary>Records Meta's id of a file.</summary>
    public Task SetUploadedAsync(Guid fileId, string phoneNumberId, string metaId, DateTime expiresAt, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into media_uploads (file_id, phone_number_id, meta_id, expires_at)
            select id, @phoneNumberId, @metaId, @expiresAt from files where id = @fileId
            on conflict (file_id, phone_number_id) do update set meta_id = excluded.meta_id, expires_at = excluded.expires_at
            """;
        return ExecuteAsync(Sql, new { fileId, phoneNumberId, metaId, expiresAt }, cancellationToken);
    }

    /// <summary>Forgets Meta's id of a file that Meta does not know any more.</summary>
    public Task ForgetUploadedAsync(string phoneNumberId, string metaId, CancellationToken cancellationToken)
        => ExecuteAsync("delete from media_uploads where phone_number_id = @phoneNumberId and meta_id = @metaId", new { phoneNumberId, metaId }, cancellationToken);

    private const string InsertMedia = """
        insert into media (id, organization_id, file_id, message_id, filename)
        values (@Id, @OrganizationId, @FileId, @MessageId, @Filename)
        """;

    private async Task<T?> SingleAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    private async Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}
