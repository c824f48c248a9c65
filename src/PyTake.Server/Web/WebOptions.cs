using System.ComponentModel.DataAnnotations;

namespace PyTake.Web;

/// <summary>The web app that every node serves.</summary>
public sealed class WebOptions
{
    public const string Section = "Web";

    /// <summary>The folder of the built app, relative to the content root; if it has no index.html, the node serves no app.</summary>
    [Required] public string Root { get; set; } = "wwwroot";
}
