using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>ConnectionStrings:Redis.</summary>
public sealed class RedisOptions
{
    /// <summary>In StackExchange.Redis's spelling.</summary>
    public string Configuration { get; set; } = "";
}

internal sealed class RedisOptionsValidator : IValidateOptions<RedisOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Configuration)) return ValidateOptionsResult.Fail("ConnectionStrings:Redis is not set");
        try
        {
            return ConfigurationOptions.Parse(options.Configuration).EndPoints.Count > 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail("ConnectionStrings:Redis names no server");
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"ConnectionStrings:Redis: {exception.Message}");
        }
    }
}
