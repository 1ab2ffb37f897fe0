using System.Text.Json;

using JamBox.Deployments;

namespace JamBox.Edge.Modules;

/// <summary>
/// Reads the list of modules: <c>{"modules":[{"hostname","type","displayName","name","enabled","address","connection"}]}</c>, or the bare
/// array. Fields that nobody knows are passed over.
/// </summary>
public static class ModuleListJson
{
    /// <summary>Modules of one gateway, at most.</summary>
    public const int MaxModules = 1000;

    /// <summary>Bytes of the list, at most.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxText = ModuleName.MaxAddressLength;

    /// <summary>Reads it.</summary>
    /// <param name="json">UTF-8.</param>
    /// <exception cref="FormatException">It is no list of modules, or two modules have one name; the message says where.</exception>
    public static IReadOnlyList<ModuleEntry> Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw new FormatException($"The list of modules has {json.Length:N0} bytes; at most {MaxBytes:N0} are read.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            JsonElement list = document.RootElement;
            if (list.ValueKind == JsonValueKind.Object && !list.TryGetProperty("modules", out list))
            {
                throw new FormatException("The list of modules has no \"modules\".");
            }

            return list.ValueKind == JsonValueKind.Array
                ? Read(list)
                : throw new FormatException("The list of modules is no array.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second: text that is no UTF-16.
            throw new FormatException("The list of modules is no JSON.", fault);
        }
    }

    private static List<ModuleEntry> Read(JsonElement list)
    {
        if (list.GetArrayLength() > MaxModules)
        {
            throw new FormatException($"The list has {list.GetArrayLength():N0} modules; at most {MaxModules:N0} are behind one gateway.");
        }

        List<ModuleEntry> modules = [];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        HashSet<string> addresses = new(StringComparer.OrdinalIgnoreCase);
        foreach (JsonElement item in list.EnumerateArray())
        {
            ModuleEntry module = ReadOne(item, modules.Count + 1);
            if (!names.Add(module.Hostname))
            {
                throw new FormatException($"Two modules of the list are called {module.Hostname}.");
            }

            if (module is { Enabled: true, Address: { } address } && !addresses.Add(address))
            {
                throw new FormatException(
                    $"Two modules of the list that are switched on have the address {address}: one of them would get the other's image.");
            }

            modules.Add(module);
        }

        return modules;
    }

    private static ModuleEntry ReadOne(JsonElement item, int number)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"Module {number} of the list is no object.");
        }

        string? hostname = Text(item, "hostname", number);
        if (!ModuleName.IsHostname(hostname))
        {
            throw new FormatException($"The hostname of module {number} {ModuleName.HostnameRule}.");
        }

        string? type = Text(item, "type", number);
        if (!ModuleName.IsType(type))
        {
            throw new FormatException($"The type of {hostname} {ModuleName.TypeRule}.");
        }

        string? address = Text(item, "address", number);
        if (address is { Length: > 0 } && !ModuleName.IsAddress(address))
        {
            throw new FormatException($"The address of {hostname} {ModuleName.AddressRule}.");
        }

        bool isWired = Text(item, "connection", number) switch
        {
            "wired" => true,
            "wireless" => false,
            _ => throw new FormatException($"The connection of {hostname} must be \"wired\" or \"wireless\"."),
        };
        bool isEnabled = !item.TryGetProperty("enabled", out JsonElement enabled) || enabled.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException($"\"enabled\" of {hostname} must be true or false."),
        };
        return new ModuleEntry(
            hostname!,
            type!,
            Text(item, "displayName", number),
            Text(item, "name", number),
            isEnabled,
            string.IsNullOrEmpty(address) ? null : address,
            isWired);
    }

    private static string? Text(JsonElement item, string field, int number)
    {
        if (!item.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: <= MaxText } text)
        {
            throw new FormatException($"\"{field}\" of module {number} must be a text of at most {MaxText} characters.");
        }

        return text;
    }
}
