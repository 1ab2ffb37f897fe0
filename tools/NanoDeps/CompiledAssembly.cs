using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace JamBox.NanoDeps;

/// <summary>What a compiled assembly says of itself.</summary>
/// <param name="References">The assemblies that it references.</param>
/// <param name="NativeVersion">Its <c>AssemblyNativeVersion</c>; <c>null</c> when it has none, or one of zeros.</param>
internal sealed record CompiledAssembly(string[] References, string? NativeVersion)
{
    /// <summary>Tells whether an assembly is the one that holds <c>System.Object</c>, which all others reference.</summary>
    /// <param name="name">Its name.</param>
    /// <returns><c>true</c> for nanoFramework's, and for a PC's.</returns>
    public static bool IsCore(string name) => name is "mscorlib" or "System.Private.CoreLib";

    /// <summary>Reads an assembly.</summary>
    /// <param name="file">Its path.</param>
    /// <returns>What it says.</returns>
    public static CompiledAssembly Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        using var pe = new PEReader(stream);
        MetadataReader reader = pe.GetMetadataReader();
        string[] references = [.. reader.AssemblyReferences.Select(h => reader.GetString(reader.GetAssemblyReference(h).Name))];
        return new CompiledAssembly(references, NativeVersionOf(reader));
    }

    private static string? NativeVersionOf(MetadataReader reader)
    {
        foreach (CustomAttributeHandle handle in reader.GetAssemblyDefinition().GetCustomAttributes())
        {
            CustomAttribute attribute = reader.GetCustomAttribute(handle);
            EntityHandle parent = attribute.Constructor.Kind == HandleKind.MemberReference
                ? reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent
                : reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType();
            StringHandle name = parent.Kind == HandleKind.TypeReference
                ? reader.GetTypeReference((TypeReferenceHandle)parent).Name
                : reader.GetTypeDefinition((TypeDefinitionHandle)parent).Name;
            if (reader.GetString(name) == "AssemblyNativeVersionAttribute")
            {
                BlobReader blob = reader.GetBlobReader(attribute.Value);
                blob.ReadUInt16();
                string? version = blob.ReadSerializedString();
                return version == "0.0.0.0" ? null : version;
            }
        }

        return null;
    }
}
