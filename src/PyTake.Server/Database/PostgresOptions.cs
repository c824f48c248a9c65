using System.ComponentModel.DataAnnotations;
using Npgsql;
using PyTake.Hosting;

namespace PyTake.Database;

/// <summary>Section <c>ConnectionStrings</c>: where PostgreSQL is.</summary>
public sealed class PostgresOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    /// <summary>A connection string as Npgsql reads it.</summary>
    [Required] public string Postgres { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(Postgres);
            return [];
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return [Settings.Broken(nameof(Postgres), $"cannot be read: {exception.Message}")];
        }
    }
}
