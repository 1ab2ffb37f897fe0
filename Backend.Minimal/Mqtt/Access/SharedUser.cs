using JamBox.Backend.Security;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>A user of <c>Mqtt:SharedUsers</c>: one name and password for all devices of a prefix.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Prefix">Below which its devices speak.</param>
/// <param name="PasswordHash">SHA-256 of its password.</param>
internal sealed record SharedUser(string Name, string Prefix, string PasswordHash)
{
    /// <summary>What is wrong with the setting; null = nothing.</summary>
    /// <param name="text">As <see cref="MqttOptions.SharedUsers"/>.</param>
    /// <param name="prefixes">As <see cref="MqttOptions.Prefixes"/>.</param>
    public static string? FindFault(string? text, string prefixes)
    {
        string[] known = [.. prefixes.Split(',', StringSplitOptions.TrimEntries).Select(static one => one.Split(':')[0])];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (string one in Items(text))
        {
            // The item holds a password: it is not said again.
            if (one.Split(':', 3) is not [{ Length: > 0 and <= 64 } name, var prefix, { Length: >= 8 and <= Token.MaxChars }])
            {
                return "must be users as NAME:PREFIX:PASSWORD with commas between; a password has 8 characters at least, and no comma.";
            }

            if (name == MqttSignIn.KeyUser || !names.Add(name))
            {
                return $"names {name} twice, or a user that is there already.";
            }

            if (!known.Contains(prefix))
            {
                return $"names the prefix {prefix}, which is none of Mqtt:Prefixes.";
            }
        }

        return null;
    }

    /// <summary>Reads the setting.</summary>
    public static IReadOnlyList<SharedUser> Read(string? text) =>
    [
        .. from one in Items(text)
           let parts = one.Split(':', 3)
           where parts.Length == 3
           select new SharedUser(parts[0], parts[1], Token.Hash(parts[2])),
    ];

    private static string[] Items(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
