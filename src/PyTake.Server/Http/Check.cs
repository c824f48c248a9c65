using Microsoft.AspNetCore.Http.HttpResults;

namespace PyTake.Http;

/// <summary>Collects what is wrong with a request, field by field, into one 422.</summary>
/// <param name="place">Where the fields are: the body, or the query.</param>
internal sealed class Check(string place = "body")
{
    private readonly List<ErrorDetail> _problems = [];

    /// <summary>The answer to give; null where nothing is wrong.</summary>
    public JsonHttpResult<ErrorBody>? Problem => _problems.Count > 0 ? ApiErrors.Invalid(_problems) : null;

    public Check That(bool holds, string field, string message)
    {
        if (!holds) _problems.Add(new ErrorDetail([place, .. field.Split('.')], message, "value_error"));
        return this;
    }

    /// <summary>A text that must be there, within this length, without NUL (which PostgreSQL refuses).</summary>
    public Check Text(string field, string? value, int max) => string.IsNullOrWhiteSpace(value)
        ? That(false, field, "is required")
        : Optional(field, value, max);

    /// <summary>The same where it may be missing or empty.</summary>
    public Check Optional(string field, string? value, int max)
        => That(value is null || value.Length <= max, field, $"must have {max} characters or less").That(value?.Contains('\0') is not true, field, "must not contain NUL");

    /// <summary>A text that may be missing, but not be empty.</summary>
    public Check NotBlank(string field, string? value, int max)
        => That(value is null || value.Trim().Length > 0, field, "must not be empty").Optional(field, value, max);
}
