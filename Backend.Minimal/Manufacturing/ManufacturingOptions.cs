using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

using JamBox.Backend.Operation;
using JamBox.Ota.Nvs;

namespace JamBox.Backend.Manufacturing;

/// <summary><c>Manufacturing:*</c>.</summary>
internal sealed class ManufacturingOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Manufacturing";

    /// <summary>Two capital letters with which serial numbers begin; JB unless said.</summary>
    public string Prefix { get; set; } = "JB";

    /// <summary>The host that boxes send to, a name or an address; without it no identity of a box can be made.</summary>
    public string? Host { get; set; }

    /// <summary>Its port, 0 to 65,535; 0 = the firmware's own.</summary>
    [WholeNumber(0, 65_535)]
    public int Port { get; set; }

    /// <summary>The access point name of the SIMs; the firmware's own unless said.</summary>
    public string? Apn { get; set; }

    /// <summary>The bands of the modem, such as 8,20; the firmware's own unless said.</summary>
    public string? Bands { get; set; }

    /// <summary>The key of releases that may follow <c>Ota:PublicKey</c>, 128 hex digits.</summary>
    public string? NextPublicKey { get; set; }

    /// <summary>The key of recovery, 128 hex digits.</summary>
    public string? RecoveryKey { get; set; }

    /// <summary>Boards besides <c>NB</c>, or a change of that, by their two letters.</summary>
    public IDictionary<string, BoardSettings> Boards { get; init; } = new Dictionary<string, BoardSettings>();

    /// <summary>The boards that there are.</summary>
    public IEnumerable<string> BoardNames => Boards.Keys.Select(static name => name.ToUpperInvariant())
        .Append(Manufacturing.Board.PeopleCounter).Distinct().Order(StringComparer.Ordinal);

    /// <summary>A board; null when it is not known.</summary>
    /// <param name="name">Its two capital letters.</param>
    public Board? Board(string name)
    {
        Board? builtIn = name == Manufacturing.Board.PeopleCounter ? Manufacturing.Board.People : null;
        return Boards.FirstOrDefault(board => board.Key.ToUpperInvariant() == name).Value is { } settings
            ? settings.Over(builtIn)
            : builtIn;
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Regex.IsMatch(Prefix, SerialNumber.BoardPattern))
        {
            yield return new ValidationResult("must be two capital letters.", [nameof(Prefix)]);
        }

        foreach ((string? key, string name) in new[] { (NextPublicKey, nameof(NextPublicKey)), (RecoveryKey, nameof(RecoveryKey)) })
        {
            if (key is not null && (key.Length != 128 || !key.All(char.IsAsciiHexDigit)))
            {
                yield return new ValidationResult("must be 128 hex digits.", [name]);
            }
        }

        foreach ((string name, BoardSettings board) in Boards)
        {
            bool isNew = !name.Equals(Manufacturing.Board.PeopleCounter, StringComparison.OrdinalIgnoreCase);
            if (board.FindFault(name, isNew) is { } fault)
            {
                yield return fault;
            }
        }

        // What no box could use would only be found out on the bench.
        foreach ((string? fault, string name) in new[]
        {
            (FindIdentityFault(Host, null, null), nameof(Host)), (FindIdentityFault(null, Apn, null), nameof(Apn)),
            (FindIdentityFault(null, null, Bands), nameof(Bands)),
        })
        {
            if (fault is not null)
            {
                yield return new ValidationResult($"{fault}.", [name]);
            }
        }
    }

    private static string? FindIdentityFault(string? host, string? apn, string? bands)
    {
        try
        {
            new IdentityImage { DeviceId = "JBNB0001", Token = "any", Host = host ?? "any", Apn = apn, Bands = bands }.ToImage();
            return null;
        }
        catch (NvsException wrong)
        {
            return wrong.Message;
        }
    }
}
