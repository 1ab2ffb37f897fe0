using System.Collections;
using System.Text.Json;

namespace nanoFramework.Json;

/// <summary>Stand-in of nanoFramework's JsonConvert: an object of strings and whole numbers, into a Hashtable.</summary>
public static class JsonConvert
{
    public static object DeserializeObject(string value, Type type)
    {
        if (type != typeof(Hashtable))
        {
            throw new NotSupportedException($"JsonConvert.DeserializeObject: the stand-in makes a Hashtable, not {type.Name}");
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(value);
            Hashtable table = [];
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                table.Add(property.Name, property.Value.ValueKind == JsonValueKind.Number ? property.Value.GetInt32() : property.Value.GetString());
            }

            return table;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new DeserializationException();
        }
    }
}
