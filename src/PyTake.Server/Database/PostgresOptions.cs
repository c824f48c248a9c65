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

    /// <summary>
    /// For <c>migrate</c> alone: the role that the tables belong to. Nodes then connect as another, that of <see cref="Postgres"/>, which may create
    /// nothing. Empty: one role does both.
    /// </summary>
    public string Owner { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        => new[] { BrokenOf(nameof(Postgres), Postgres), BrokenOf(nameof(Owner), Owner) }.OfType<ValidationResult>();

    private static ValidationResult? BrokenOf(string key, string connectionString)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(connectionString);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return Settings.Broken(key, $"cannot be read: {exception.Message}");
        }
    }
}
