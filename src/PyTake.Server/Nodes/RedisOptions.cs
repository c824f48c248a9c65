using System.ComponentModel.DataAnnotations;
using PyTake.Hosting;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>Section <c>ConnectionStrings</c>: where Redis is.</summary>
public sealed class RedisOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    /// <summary>In StackExchange.Redis's format.</summary>
    [Required] public string Redis { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Redis)) return [];
        try
        {
            return ConfigurationOptions.Parse(Redis).EndPoints.Count > 0 ? [] : [Settings.Broken(nameof(Redis), "names no server")];
        }
        catch (ArgumentException exception)
        {
            return [Settings.Broken(nameof(Redis), $"cannot be read: {exception.Message}")];
        }
    }
}
