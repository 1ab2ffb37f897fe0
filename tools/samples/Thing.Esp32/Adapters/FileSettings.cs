using System;
using System.IO;
using System.Text;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>
/// Each setting a file of the internal drive. A new value is written beside the old one, which goes only when the new one is there: any
/// loss of power leaves one of the two. The drive is not encrypted; who has the board in hand has its token.
/// </summary>
internal sealed class FileSettings : ISettingsStore
{
    private const string Drive = "I:\\";
    private const char EndMark = '.';

    private readonly IDevice _device;

    /// <param name="device">Is told when the drive fails.</param>
    public FileSettings(IDevice device)
    {
        _device = device;
    }

    /// <inheritdoc/>
    public string Get(string key)
    {
        return Read(Drive + key + ".txt") ?? Read(Drive + key + ".new");
    }

    /// <inheritdoc/>
    public bool Set(string key, string value)
    {
        string path = Drive + key + ".txt";
        string fresh = Drive + key + ".new";
        try
        {
            if (value == null)
            {
                Remove(fresh);
                Remove(path);
                return true;
            }

            if (Read(path) == null && Read(fresh) != null)
            {
                // Power failed between the removal and the move below: the only value there is must not be written over.
                Remove(path);
                File.Move(fresh, path);
            }

            File.WriteAllBytes(fresh, Encoding.UTF8.GetBytes(value + EndMark));
            if (Read(fresh) != value)
            {
                return false;
            }

            Remove(path);
            File.Move(fresh, path);
            return true;
        }
        catch (Exception e)
        {
            _device.Log("a setting could not be stored: " + e.Message);
            return false;
        }
    }

    // A file without the mark at its end was cut off.
    private static string Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            byte[] bytes = File.ReadAllBytes(path);
            bool isWhole = bytes.Length > 0 && bytes[bytes.Length - 1] == EndMark;
            return isWhole ? Encoding.UTF8.GetString(bytes, 0, bytes.Length - 1) : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static void Remove(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
