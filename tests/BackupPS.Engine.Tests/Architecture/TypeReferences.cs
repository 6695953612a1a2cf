using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace BackupPS.Engine.Tests.ArchitectureRules;

/// <summary>
/// Which types each type of an assembly refers to: in its base type, interfaces, attributes, constraints, fields, signatures, local variables,
/// catch clauses, and in every instruction of its methods. Nested and generated types count as the type that they are in.
/// </summary>
internal sealed class TypeReferences
{
    private static readonly Dictionary<short, OperandType> Operands = typeof(OpCodes).GetFields().Select(static f => (OpCode)f.GetValue(null)!).ToDictionary(static o => o.Value, static o => o.OperandType);

    private readonly PEReader file;
    private readonly MetadataReader reader;
    private readonly NameCollector names;
    private HashSet<string> current = [];

    private TypeReferences(PEReader file)
    {
        this.file = file;
        reader = file.GetMetadataReader();
        names = new NameCollector(this);
    }

    /// <summary>Full names of types, by the full name of the type that refers to them.</summary>
    public static IReadOnlyDictionary<string, HashSet<string>> Read(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        return new TypeReferences(file).Read();
    }

    private Dictionary<string, HashSet<string>> Read()
    {
        var all = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            string owner = NameOf(handle);
            if (!all.TryGetValue(owner, out HashSet<string>? references)) all.Add(owner, references = new HashSet<string>(StringComparer.Ordinal));
            current = references;
            Collect(reader.GetTypeDefinition(handle));
            references.Remove(owner);
        }

        return all;
    }

    private void Collect(TypeDefinition type)
    {
        Add(type.BaseType);
        foreach (InterfaceImplementationHandle handle in type.GetInterfaceImplementations()) Add(reader.GetInterfaceImplementation(handle).Interface);
        Collect(type.GetCustomAttributes());
        Collect(type.GetGenericParameters());
        foreach (FieldDefinitionHandle handle in type.GetFields())
        {
            FieldDefinition field = reader.GetFieldDefinition(handle);
            field.DecodeSignature(names, null);
            Collect(field.GetCustomAttributes());
        }

        foreach (MethodDefinitionHandle handle in type.GetMethods())
        {
            MethodDefinition method = reader.GetMethodDefinition(handle);
            method.DecodeSignature(names, null);
            Collect(method.GetCustomAttributes());
            Collect(method.GetGenericParameters());
            foreach (ParameterHandle parameter in method.GetParameters()) Collect(reader.GetParameter(parameter).GetCustomAttributes());
            if (method.RelativeVirtualAddress != 0) Collect(file.GetMethodBody(method.RelativeVirtualAddress));
        }
    }

    private void Collect(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle handle in attributes) Add(reader.GetCustomAttribute(handle).Constructor);
    }

    private void Collect(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle handle in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in reader.GetGenericParameter(handle).GetConstraints()) Add(reader.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void Collect(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil) reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(names, null);
        foreach (ExceptionRegion region in body.ExceptionRegions) Add(region.CatchType);
        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            short value = code.ReadByte();
            if (value == 0xFE) value = unchecked((short)(0xFE00 | code.ReadByte()));
            switch (Operands[value])
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.ReadByte();
                    break;
                case OperandType.InlineVar:
                    code.ReadInt16();
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.ReadInt64();
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                default:
                    code.ReadInt32();
                    break;
            }
        }
    }

    private void Add(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference:
                current.Add(NameOf(handle));
                break;
            case HandleKind.TypeSpecification:
                reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(names, null);
                break;
            case HandleKind.MethodDefinition:
                Add(reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Add(reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                generic.DecodeSignature(names, null);
                Add(generic.Method);
                break;
            case HandleKind.MemberReference:
                MemberReference member = reader.GetMemberReference((MemberReferenceHandle)handle);
                Add(member.Parent);
                if (member.GetKind() == MemberReferenceKind.Field) member.DecodeFieldSignature(names, null);
                else member.DecodeMethodSignature(names, null);
                break;
            default:
                break;
        }
    }

    private string NameOf(EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeReference)
        {
            TypeReference reference = reader.GetTypeReference((TypeReferenceHandle)handle);
            return reference.ResolutionScope.Kind == HandleKind.TypeReference ? NameOf(reference.ResolutionScope) : FullName(reference.Namespace, reference.Name);
        }

        TypeDefinition definition = reader.GetTypeDefinition((TypeDefinitionHandle)handle);
        return definition.IsNested ? NameOf(definition.GetDeclaringType()) : FullName(definition.Namespace, definition.Name);
    }

    private string FullName(StringHandle space, StringHandle name) => space.IsNil ? reader.GetString(name) : $"{reader.GetString(space)}.{reader.GetString(name)}";

    // Told of every type in a signature; what it answers is of no interest.
    private sealed class NameCollector(TypeReferences owner) : ISignatureTypeProvider<int, object?>
    {
        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Tell(handle);

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Tell(handle);

        public int GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Tell(handle);

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;

        private int Tell(EntityHandle handle)
        {
            owner.Add(handle);
            return 0;
        }
    }
}
