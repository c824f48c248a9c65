using Microsoft.AspNetCore.Http.HttpResults;

namespace PyTake.Http;

/// <summary>Collects what is wrong with a request, field by field, into one 422.</summary>
/// <param name="place">Where the fields are: body or query.</param>
internal sealed class Check(string place = "body")
{
    private readonly List<ErrorDetail> _problems = [];

    /// <summary>The response that lists the problems; null if there are none.</summary>
    public JsonHttpResult<ErrorBody>? Problem => _problems.Count > 0 ? ApiErrors.Invalid(_problems) : null;

    public Check That(bool holds, string field, string message)
    {
        if (!holds) _problems.Add(new ErrorDetail([place, .. field.Split('.')], message, "value_error"));
        return this;
    }

    /// <summary>Checks a required text: not blank, within this length, without NUL (which PostgreSQL refuses).</summary>
    public Check Text(string field, string? value, int max) => string.IsNullOrWhiteSpace(value)
        ? That(false, field, "is required")
        : Optional(field, value, max);

    /// <summary>The same for a text that may be missing or empty.</summary>
    public Check Optional(string field, string? value, int max)
        => That(value is null || value.Length <= max, field, $"must have {max} characters or less")
            .That(value?.Contains('\0') is not true, field, "must not contain NUL");

    /// <summary>The same for a text that may be missing but not blank.</summary>
    public Check NotBlank(string field, string? value, int max)
        => That(value is null || value.Trim().Length > 0, field, "must not be empty").Optional(field, value, max);
}
