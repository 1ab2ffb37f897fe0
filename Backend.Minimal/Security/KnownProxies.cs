using System.ComponentModel.DataAnnotations;
using System.Net;

using JamBox.Backend.Operation;

using Microsoft.AspNetCore.HttpOverrides;

namespace JamBox.Backend.Security;

/// <summary>
/// <c>ForwardedHeaders:*</c>: whose word is believed about where a request comes from. Nobody's, unless said: else anyone could name an
/// address of his choice, and each guess at a password would be one of somebody else.
/// </summary>
internal sealed class ForwardedHeaderOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "ForwardedHeaders";

    /// <summary>Addresses or networks of proxies, separated by commas: <c>127.0.0.1, 10.0.0.0/8</c>. Nobody unless said.</summary>
    public string? KnownProxies { get; set; }

    /// <summary>The networks.</summary>
    public IEnumerable<System.Net.IPNetwork?> Networks => (KnownProxies ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(static text => System.Net.IPNetwork.TryParse(text, out System.Net.IPNetwork network) ? network
            : IPAddress.TryParse(text, out IPAddress? address) ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
            : (System.Net.IPNetwork?)null);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Networks.Any(static network => network is null))
        {
            yield return new ValidationResult(
                "must be addresses or networks, separated by commas, such as 127.0.0.1, 10.0.0.0/8.", [nameof(KnownProxies)]);
        }
    }
}

/// <summary>Takes the address of whoever sends from the proxies that are known.</summary>
internal static class KnownProxiesMiddleware
{
    /// <summary>Adds it; without known proxies nothing.</summary>
    public static void UseKnownProxies(this IApplicationBuilder app)
    {
        ForwardedHeadersOptions options = new() { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (System.Net.IPNetwork? network in app.ApplicationServices.GetRequiredService<ForwardedHeaderOptions>().Networks)
        {
            options.KnownIPNetworks.Add(network!.Value);
        }

        if (options.KnownIPNetworks.Count > 0)
        {
            app.UseForwardedHeaders(options);
        }
    }
}
