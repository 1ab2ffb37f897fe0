using System.Globalization;
using JamBox.Ota.Nvs;

namespace JamBox.Tests.Ota.Nvs;

/// <summary>
/// A partition as the CSV of Espressif's generator, and the same made with <see cref="NvsWriter"/>. Values have no commas and no quotation
/// marks here.
/// </summary>
internal sealed class NvsCsv(string name, int length)
{
    private readonly List<string> _lines = ["key,type,encoding,value"];
    private readonly NvsWriter _writer = new(length);

    /// <summary>Gets the name of the case.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the size of the partition, bytes.</summary>
    public int Length { get; } = length;

    /// <summary>Gets the CSV.</summary>
    public string Csv => string.Join('\n', _lines) + "\n";

    /// <summary>Gets the image as ours writes it.</summary>
    public byte[] Image => _writer.ToImage();

    public NvsCsv Namespace(string key)
    {
        _writer.Namespace(key);
        _lines.Add($"{key},namespace,,");
        return this;
    }

    public NvsCsv Integer(string key, NvsType type, Int128 value)
    {
        _writer.Integer(key, type, value);
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{key},data,{type.ToString().ToLowerInvariant()},{value}"));
        return this;
    }

    public NvsCsv Text(string key, string value)
    {
        _writer.Text(key, value);
        _lines.Add($"{key},data,string,{value}");
        return this;
    }

    public NvsCsv Blob(string key, byte[] value)
    {
        _writer.Blob(key, value);
        _lines.Add($"{key},data,hex2bin,{Convert.ToHexStringLower(value)}");
        return this;
    }

    /// <summary>Writes CSV and image where someone with Espressif's generator can compare them.</summary>
    /// <param name="folder">Where to.</param>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Name}.{Length}"));
        File.WriteAllText(path + ".csv", Csv);
        File.WriteAllBytes(path + ".bin", Image);
    }
}
