namespace nanoFramework.Json;

/// <summary>Stand-in of nanoFramework's DeserializationException.</summary>
public class DeserializationException : Exception
{
}
