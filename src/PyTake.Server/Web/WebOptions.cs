using System.ComponentModel.DataAnnotations;

namespace PyTake.Web;

/// <summary>The web app that every node serves.</summary>
public sealed class WebOptions
{
    public const string Section = "Web";

    /// <summary>The folder of the built app, from the content root; where it has no index.html, the node serves none.</summary>
    [Required] public string Root { get; set; } = "wwwroot";
}
